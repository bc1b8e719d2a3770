import fc from 'fast-check'
import { describe, it } from 'vitest'
import { readBlockHeader, readPack } from '../../electron/engine/protocol/bulk.ts'
import { CodecError } from '../../electron/engine/protocol/codec.ts'
import { decodeControl, encodeControl } from '../../electron/engine/protocol/control.ts'
import { FrameDecoder } from '../../electron/engine/protocol/frame.ts'
import { MESSAGE_TYPES } from '../../electron/engine/protocol/message-types.ts'
import type { CborMessage, MessageName } from '../../electron/engine/protocol/message-types.ts'
import { ProtocolError } from '../../electron/engine/protocol/protocol-error.ts'
import { readGolden } from '../engine/protocol/golden.ts'

const golden = readGolden<{ message: CborMessage }[]>('control').map(({ message }) => message)
const names = Object.keys(MESSAGE_TYPES) as MessageName[]

function refusesCleanly(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof CodecError) && !(error instanceof ProtocolError)) throw error
  }
}

describe('hostile bytes', () => {
  it('make frames throw nothing but CodecError', () => {
    const sink = { begin: () => {}, body: () => {}, finish: () => {} }
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (chunks) => {
        refusesCleanly(() => {
          const decoder = new FrameDecoder(sink)
          for (const chunk of chunks) decoder.push(chunk)
          decoder.end()
        })
      }),
      { numRuns: 500 },
    )
  })

  it('make messages throw nothing but ProtocolError', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 200 }), (name, body) => {
        refusesCleanly(() => decodeControl(name, body))
      }),
      { numRuns: 1000 },
    )
  })

  it('in the middle of good messages are refused or read, never worse', () => {
    fc.assert(
      fc.property(fc.constantFrom(...golden), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 4 }), (message, changes) => {
        const body = encodeControl(message).slice()
        for (const [at, value] of changes) body[at % body.length] = value
        refusesCleanly(() => decodeControl(message.type, body))
      }),
      { numRuns: 3000 },
    )
  })

  it('make blocks and packs throw nothing but ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(320), fc.nat(5), (bytes, length, count) => {
        if (bytes.length > 20) bytes.set([0, 0, 0, count], 16)
        refusesCleanly(() => readBlockHeader(bytes, 0, length))
        refusesCleanly(() => readPack(bytes, 0, length))
        refusesCleanly(() => readPack(bytes, 0, bytes.length))
      }),
      { numRuns: 1000 },
    )
  })
})
