import type { DeviceId } from '../../../shared/model/device.ts'
import type { FolderId } from '../../../shared/model/folder.ts'
import { MAX_REQUEST } from '../protocol/limits.ts'
import type { SyncDigests, SyncEnd, SyncGetItem, SyncMissing } from '../protocol/messages.ts'
import { ProtocolError } from '../protocol/protocol-error.ts'
import { readSyncData } from '../protocol/sync-data.ts'
import type { PooledBuffer } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import { Backoffs } from './backoffs.ts'
import type { ReceivePace, SyncSession } from './engine-ports.ts'
import type { Version } from './entry.ts'

const MAX_OPEN = 4
/** Without anything coming: a peer that reads a long file or has many others to serve is slow, one that is silent is not. */
const PATIENCE_MS = 60_000
const SILENT_MS = 15_000

export interface Answers {
  /** `bytes` count until the promise settles. */
  piece(item: number, block: number, bytes: Uint8Array): void | Promise<void>
  digests?(firstBlock: number, digests: Uint8Array, last: boolean): void
  /** Nothing more comes. `lost`: it did not answer, or the conversation began anew. */
  end(missing: readonly { readonly item: number; readonly reason: SyncMissing }[], lost: boolean): void
}

interface Request {
  readonly answers: Answers
  /** Blocks that are still to come, by item; of a digests request none. */
  readonly awaited: readonly Set<number>[]
  readonly digests: boolean
  ended: readonly { readonly item: number; readonly reason: SyncMissing }[] | undefined
  heardMs: number
}

/** What has been asked of one device, over all folders. */
export class Requests {
  readonly deviceId: DeviceId
  readonly #clock: Clock
  readonly #session: () => SyncSession | undefined
  readonly #freed: () => void
  readonly #open = new Map<number, Request>()
  readonly #silence: Backoffs
  readonly #pace: ReceivePace
  #last = 0
  #cancelWatch: (() => void) | undefined
  #cancelPause: (() => void) | undefined

  /** `freed` is called when there is room for another request, `again` when the device may be asked again after a silence. */
  constructor(deviceId: DeviceId, clock: Clock, session: () => SyncSession | undefined, ports: { readonly pace: ReceivePace; freed(): void; again(): void }) {
    this.deviceId = deviceId
    this.#clock = clock
    this.#session = session
    this.#pace = ports.pace
    this.#freed = () => ports.freed()
    this.#silence = new Backoffs(clock, () => ports.again())
  }

  /** How many more may be asked now. */
  get free(): number {
    if (!this.#session()?.connected || this.#silence.holds('') || this.#open.size >= MAX_OPEN) return 0
    if (this.allowance > 0) return MAX_OPEN - this.#open.size
    this.#cancelPause ??= this.#clock.after(this.#pace.waitMs, () => {
      this.#cancelPause = undefined
      this.#freed()
    })
    return 0
  }

  /** Bytes that should be asked for at once at most, though one item or block always may be. */
  get allowance(): number {
    return this.#pace.allowance
  }

  /** Of at most MAX_GET_BYTES together. Returns what cancels it. */
  get(folder: FolderId, items: readonly SyncGetItem[], bytes: number, answers: Answers): () => void {
    this.#pace.spend(bytes)
    const awaited = items.map(({ firstBlock, count }) => new Set(Array.from({ length: count }, (_, at) => firstBlock + at)))
    const request = this.#add({ answers, awaited, digests: false, ended: undefined, heardMs: this.#clock.monotonic() })
    this.#session()?.send({ type: 'sync-get', request, folder: Buffer.from(folder, 'hex'), items })
    return () => this.#cancel(request)
  }

  digests(folder: FolderId, path: string, version: Version, answers: Answers): () => void {
    const request = this.#add({ answers, awaited: [], digests: true, ended: undefined, heardMs: this.#clock.monotonic() })
    this.#session()?.send({ type: 'sync-digests-request', request, folder: Buffer.from(folder, 'hex'), path, version })
    return () => this.#cancel(request)
  }

  onDigests({ request: number, firstBlock, digests, last }: SyncDigests): void {
    const request = this.#open.get(number)
    if (!request?.digests) return
    request.heardMs = this.#clock.monotonic()
    request.answers.digests?.(firstBlock, digests, last)
    if (last) this.#finish(number, request, [])
  }

  /** May overtake data that is still under way, as every control message does. */
  onEnd({ request: number, missing }: SyncEnd): void {
    const request = this.#open.get(number)
    if (!request || request.ended) return
    request.heardMs = this.#clock.monotonic()
    request.ended = missing
    for (const { item } of missing) request.awaited[item]?.clear()
    this.#finishIfAll(number, request)
  }

  onData(body: PooledBuffer, at: number): void {
    let work: Promise<void>[] = []
    try {
      const data = readSyncData(body.bytes, at, body.length - at)
      const request = this.#open.get(data.request)
      if (request) {
        request.heardMs = this.#clock.monotonic()
        work = data.pieces.flatMap(({ item, block, at: from, length }) => {
          if (item >= request.awaited.length) throw new ProtocolError('a piece of an item that nobody has asked for')
          if (!request.awaited[item]?.delete(block)) return []
          const handled = request.answers.piece(item, block, body.bytes.subarray(from, from + length))
          return handled ? [handled] : []
        })
        this.#silence.clear()
        this.#finishIfAll(data.request, request)
      }
    } finally {
      if (work.length === 0) body.release()
      else void Promise.allSettled(work).then(() => body.release())
    }
  }

  /** Nothing of what was asked will be answered any more. */
  reset(): void {
    const open = [...this.#open.values()]
    this.#open.clear()
    this.#silence.clear()
    for (const { answers } of open) answers.end([], true)
  }

  close(): void {
    this.#open.clear()
    this.#silence.close()
    this.#cancelWatch?.()
    this.#cancelWatch = undefined
    this.#cancelPause?.()
    this.#cancelPause = undefined
  }

  #add(request: Request): number {
    do this.#last = this.#last >= MAX_REQUEST ? 1 : this.#last + 1
    while (this.#open.has(this.#last))
    this.#open.set(this.#last, request)
    this.#watch()
    return this.#last
  }

  #cancel(number: number): void {
    if (!this.#open.delete(number)) return
    const session = this.#session()
    if (session?.connected) session.send({ type: 'sync-cancel', request: number })
  }

  #finishIfAll(number: number, request: Request): void {
    if (!request.ended || request.awaited.some((blocks) => blocks.size > 0)) return
    this.#finish(number, request, request.ended)
  }

  #finish(number: number, { answers }: Request, missing: Request['ended'] & object): void {
    this.#open.delete(number)
    answers.end(missing, false)
    this.#freed()
  }

  #watch(): void {
    this.#cancelWatch ??= this.#clock.after(PATIENCE_MS / 4, () => {
      this.#cancelWatch = undefined
      const silentMs = this.#clock.monotonic() - PATIENCE_MS
      for (const [number, request] of [...this.#open]) {
        if (request.heardMs > silentMs || !this.#open.has(number)) continue
        this.#cancel(number)
        this.#silence.fail('', SILENT_MS)
        request.answers.end([], true)
      }
      if (this.#open.size > 0) this.#watch()
      this.#freed()
    })
  }
}
