import { HoldfastError } from '../../../shared/errors.ts'
import { SourceFile } from '../folder/source-file.ts'
import { StagedFile } from '../folder/staged-file.ts'
import type { ReceivePlace } from '../folder/ports.ts'
import type { TransferStore } from '../journal/ports.ts'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import { blake3, fileDigest } from '../util/digest.ts'

/** Flushed and journalled at least this often … */
const FLUSH_BYTES = 32 * BLOCK_BYTES
const FLUSH_MS = 2_000
/** … and with more than this written and not durable, writing waits for the disk: so much a crash may cost, no more. */
const MAX_UNFLUSHED_BYTES = 64 * BLOCK_BYTES

/** A file here that may hold some of the blocks, with their digests. */
export interface CompareBase {
  /** Absolute. */
  readonly path: string
  readonly digests: Uint8Array
}

export interface IncomingFileOptions {
  readonly store: TransferStore
  readonly place: ReceivePlace
  readonly file: number
  readonly attempt: number
  readonly size: number
  readonly mtimeMs: number
  readonly executable: boolean
  /** Digests of the blocks that are durable, from the journal. */
  readonly durable: Uint8Array
  readonly base?: CompareBase
}

/** One file that arrives in blocks: written at their offsets in staging, flushed and journalled as a contiguous prefix. */
export class IncomingFile {
  readonly file: number
  readonly attempt: number
  readonly size: number
  readonly #options: IncomingFileOptions
  readonly #blocks: number
  #staged: Promise<StagedFile> | undefined
  /** Blocks before this are in the journal. */
  #durableBlocks: number
  /** Blocks before this are written. */
  #writtenBlocks: number
  /** Digests of blocks that are written and not in the journal. */
  #digests = new Map<number, Buffer>()
  /** Being written, or taken as equal to the base's and not copied yet. */
  #claimed = new Set<number>()
  #same = new Set<number>()
  #flushing: Promise<void> | undefined
  #flushedAtMs: number
  #abandoned = false

  constructor(options: IncomingFileOptions, nowMs: number) {
    this.#options = options
    this.file = options.file
    this.attempt = options.attempt
    this.size = options.size
    this.#blocks = Math.ceil(options.size / BLOCK_BYTES)
    this.#durableBlocks = options.durable.length / DIGEST_BYTES
    this.#writtenBlocks = this.#durableBlocks
    this.#flushedAtMs = nowMs
  }

  get abandoned(): boolean {
    return this.#abandoned
  }

  get durableBytes(): number {
    return Math.min(this.size, this.#durableBlocks * BLOCK_BYTES)
  }

  get arrivedBytes(): number {
    return Math.min(this.size, (this.#durableBlocks + this.#digests.size + this.#same.size) * BLOCK_BYTES)
  }

  /** All blocks are written, or equal to the base's. */
  get complete(): boolean {
    return this.#durableBlocks + this.#digests.size + this.#same.size === this.#blocks
  }

  /** Nothing had to travel: the file here has this very content. */
  get identical(): boolean {
    return this.#same.size === this.#blocks
  }

  has(block: number): boolean {
    return block < this.#durableBlocks || this.#digests.has(block) || this.#claimed.has(block) || this.#same.has(block)
  }

  blockLength(block: number): number {
    return Math.min(BLOCK_BYTES, this.size - block * BLOCK_BYTES)
  }

  /** Writes a verified block. The digest is copied. */
  async write(block: number, digest: Uint8Array, bytes: Buffer, at: number): Promise<void> {
    this.#claimed.add(block)
    try {
      const kept = Buffer.from(digest)
      const staged = await this.#open()
      while ((this.#writtenBlocks - this.#durableBlocks) * BLOCK_BYTES >= MAX_UNFLUSHED_BYTES && !this.#abandoned) await this.flush()
      await staged.write(bytes, at, this.blockLength(block), block * BLOCK_BYTES)
      if (this.#abandoned) return
      this.#digests.set(block, kept)
      while (this.#digests.has(this.#writtenBlocks)) this.#writtenBlocks += 1
    } finally {
      this.#claimed.delete(block)
    }
  }

  /** The sender says that these blocks are equal to the base's. False: there is no base, or no such block. */
  takeSame(first: number, count: number): boolean {
    if (!this.#options.base || first + count > this.#blocks) return false
    for (let block = first; block < first + count; block += 1) if (!this.has(block)) this.#same.add(block)
    return true
  }

  /** Copies what is equal from the base, verified again. Returns blocks that are not what they were: to be asked for. */
  async copySame(): Promise<number[]> {
    const base = this.#options.base
    if (!base || this.#same.size === 0) return []
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES)
    const lost: number[] = []
    const source = await SourceFile.open(base.path).catch(() => undefined)
    try {
      for (const block of [...this.#same].sort((a, b) => a - b)) {
        const length = this.blockLength(block)
        const digest = base.digests.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES)
        const count = source ? await source.read(buffer, 0, length, block * BLOCK_BYTES) : 0
        this.#same.delete(block)
        if (count === length && blake3(buffer.subarray(0, length)).equals(digest)) await this.write(block, digest, buffer, 0)
        else lost.push(block)
      }
    } finally {
      await source?.close()
    }
    return lost
  }

  flushDue(nowMs: number): boolean {
    if (this.#flushing || this.#writtenBlocks === this.#durableBlocks) return false
    return (this.#writtenBlocks - this.#durableBlocks) * BLOCK_BYTES >= FLUSH_BYTES || nowMs - this.#flushedAtMs >= FLUSH_MS
  }

  /** Makes the written prefix durable and records it. */
  flush(nowMs = this.#flushedAtMs): Promise<void> {
    this.#flushing ??= this.#flush(nowMs).finally(() => {
      this.#flushing = undefined
    })
    return this.#flushing
  }

  async #flush(nowMs: number): Promise<void> {
    const until = this.#writtenBlocks
    const staged = await this.#open()
    await staged.sync()
    if (this.#abandoned) return
    this.#journal(until)
    this.#flushedAtMs = nowMs
  }

  #journal(until: number): void {
    const first = this.#durableBlocks
    if (until <= first) return
    const digests = Buffer.alloc((until - first) * DIGEST_BYTES)
    for (let block = first; block < until; block += 1) {
      const digest = this.#digests.get(block)
      if (!digest) throw new Error('a written block has a digest')
      digests.set(digest, (block - first) * DIGEST_BYTES)
      this.#digests.delete(block)
    }
    this.#options.store.appendBlocks(this.#options.place.transferId, this.file, this.attempt, first, digests)
    this.#durableBlocks = until
  }

  /** Sets size, times and mode, flushes, closes. Returns the file's digest. */
  async finish(): Promise<Buffer> {
    await this.#flushing
    const staged = await this.#open()
    await staged.finalize({ size: this.size, mtimeMs: this.#options.mtimeMs, executable: this.#options.executable })
    await staged.close()
    const pending: Buffer[] = []
    for (let block = this.#durableBlocks; block < this.#blocks; block += 1) pending.push(this.#digests.get(block) ?? Buffer.alloc(0))
    const { store, place } = this.#options
    const durable = this.#durableBlocks > 0 ? store.blocks(place.transferId, this.file, this.attempt) : Buffer.alloc(0)
    return fileDigest(this.size, Buffer.concat([durable, ...pending]))
  }

  /** The digest when everything is equal to the base's. */
  identicalDigest(): Buffer {
    return fileDigest(this.size, this.#options.base?.digests ?? Buffer.alloc(0))
  }

  /** Closes the file as it is; what is journalled stays. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    await this.#flushing?.catch(() => undefined)
    const staged = await this.#staged?.catch(() => undefined)
    await staged?.close()
  }

  #open(): Promise<StagedFile> {
    if (this.#abandoned) throw new HoldfastError('TRANSFER_CANCELLED', 'this file is not received any more')
    this.#staged ??= StagedFile.open(this.#options.place, this.file, { resume: this.#durableBlocks > 0 })
    return this.#staged
  }
}
