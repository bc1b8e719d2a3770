import type { HoldfastError } from '../../../shared/errors.ts'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import { blake3 } from '../util/digest.ts'
import { sameBytes } from './content.ts'
import type { Entry, LocalEntry, Stamp } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import { blockCount, blockLength, digestAt, isBlockList, isLong, longId } from './staging.ts'

/** The blocks of one long file: which are staged, which are asked for, which are still to be asked for. */
export class LongFetch {
  readonly id: number
  readonly target: Entry
  readonly #context: FolderContext
  #list: Buffer
  #listed = 0
  #blocks: Uint8Array | undefined
  /** Neither staged nor asked for, ascending from the cursor on. */
  #needed = new Set<number>()
  #asked = new Set<number>()
  #writing = new Set<number>()
  #ready = false

  constructor(context: FolderContext, target: Entry) {
    this.#context = context
    this.target = target
    this.id = longId(target)
    this.#list = Buffer.alloc(Math.min(blockCount(target.size), 1024) * DIGEST_BYTES)
  }

  get needsDigests(): boolean {
    return this.#blocks === undefined
  }
  /** Its blocks are known, and whatever of them is here has been taken. */
  get ready(): boolean {
    return this.#ready
  }
  get complete(): boolean {
    return this.#ready && this.#needed.size + this.#asked.size + this.#writing.size === 0
  }
  get blocks(): Uint8Array {
    return this.#blocks ?? new Uint8Array(0)
  }

  /** In order from block 0. Returns false when they are not this file's. */
  addDigests(firstBlock: number, digests: Uint8Array, last: boolean): boolean {
    const end = this.#listed + digests.length
    const total = blockCount(this.target.size) * DIGEST_BYTES
    if (firstBlock * DIGEST_BYTES !== this.#listed || end > total) return false
    if (end > this.#list.length) {
      const larger = Buffer.alloc(Math.min(total, 2 * end))
      this.#list.copy(larger)
      this.#list = larger
    }
    this.#list.set(digests, this.#listed)
    this.#listed = end
    return last ? this.takeBlocks(this.#list.subarray(0, end)) : true
  }

  takeBlocks(blocks: Uint8Array): boolean {
    if (!isBlockList(this.target, blocks)) return false
    this.#blocks = blocks
    return true
  }

  /** They did not come to an end: from the beginning. */
  dropDigests(): void {
    this.#listed = 0
  }

  /** Takes what is here: staged by an earlier run, or in the file that is to be replaced. `staged`: there may be something. */
  async prepare(staged: boolean, local: LocalEntry | undefined): Promise<HoldfastError | undefined> {
    const { disk } = this.#context
    const { mtimeMs, executable } = this.target
    const [error] = await disk.stage([{ id: this.id, mtimeMs, executable }])
    if (error) return error
    const before = staged ? await disk.hashStaged(this.id) : undefined
    const here = this.#here(local)
    for (let block = 0; block < blockCount(this.target.size); block += 1) {
      this.#context.signal.throwIfAborted()
      const digest = digestAt(this.blocks, block)
      if (before && sameBytes(digestAt(before, block), digest)) continue
      const offset = here?.blocks.get(keyOf(digest))
      if (here && offset !== undefined && blockLength(here.size, offset / BLOCK_BYTES) === blockLength(this.target.size, block)) {
        const copied = await disk.copyBlock(this.id, block * BLOCK_BYTES, blockLength(this.target.size, block), { path: here.path, stamp: here.stamp, offset })
        if (copied && sameBytes(blake3(copied), digest)) continue
      }
      this.#needed.add(block)
    }
    this.#ready = true
    return undefined
  }

  /** A run of blocks to ask for next; undefined when all are asked for. */
  takeRun(most: number): { readonly firstBlock: number; readonly count: number } | undefined {
    const [firstBlock] = this.#needed
    if (firstBlock === undefined) return undefined
    let count = 0
    while (count < most && this.#needed.delete(firstBlock + count)) {
      this.#asked.add(firstBlock + count)
      count += 1
    }
    return { firstBlock, count }
  }

  /** They will not come: to be asked for again. */
  giveBack(firstBlock: number, count: number): void {
    for (let block = firstBlock; block < firstBlock + count; block += 1) if (this.#asked.delete(block)) this.#needed.add(block)
  }

  /** Whether these are the bytes of the block. */
  isBlock(block: number, bytes: Uint8Array): boolean {
    return bytes.length === blockLength(this.target.size, block) && sameBytes(blake3(bytes), digestAt(this.blocks, block))
  }

  /** Verified bytes; they count until it resolves. */
  async write(block: number, bytes: Uint8Array): Promise<void> {
    this.#asked.delete(block)
    this.#writing.add(block)
    try {
      await this.#context.disk.writeBlock(this.id, block * BLOCK_BYTES, bytes)
    } catch (error) {
      this.#needed.add(block)
      throw error
    } finally {
      this.#writing.delete(block)
    }
  }

  /** Blocks of the file here by their digests, with their offsets. */
  #here(local: LocalEntry | undefined): { path: string; size: number; stamp: Stamp; blocks: ReadonlyMap<string, number> } | undefined {
    if (local?.kind !== 'file' || !local.stamp || local.changedHere || local.size === 0) return undefined
    const list = isLong(local) ? this.#context.store.blocks(this.#context.id, local.digest) : local.digest
    if (!list) return undefined
    const blocks = new Map<string, number>()
    for (let block = 0; block < blockCount(local.size); block += 1) blocks.set(keyOf(digestAt(list, block)), block * BLOCK_BYTES)
    return { path: local.path, size: local.size, stamp: local.stamp, blocks }
  }
}

function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, digest.byteLength).toString('latin1')
}
