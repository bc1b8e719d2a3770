import type { TransferId } from '../../../shared/model/transfer.ts'
import type { Random } from '../util/random.ts'
import { TRANSFER_ID_BYTES } from '../protocol/limits.ts'

export function newTransferId(random: Random): TransferId {
  return Buffer.from(random.bytes(TRANSFER_ID_BYTES)).toString('hex')
}

export function transferIdBytes(id: TransferId): Uint8Array {
  return Buffer.from(id, 'hex')
}

export function transferIdOf(bytes: Uint8Array): TransferId {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
