import type { HoldfastError } from '../../../shared/errors.ts'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import { blake3, fileDigest } from '../util/digest.ts'
import type { Applier, Outcome } from './applier.ts'
import { sameAttributes, sameBytes, sameContent } from './content.ts'
import type { Entry } from './entry.ts'
import type { FolderContext } from './folder-context.ts'

/** Complete, verified content that waits for its name. */
export interface Staged {
  readonly id: number
  readonly target: Entry
}

/** Ids of long files begin here: they follow from path and content, so that the next run finds what this one has staged. */
const LONG_IDS = 2 ** 48

/** Small files get a number that this run has not used. */
export class StageIds {
  #last = 0

  next(): number {
    this.#last += 1
    return this.#last
  }
}

export function longId({ path, digest }: Entry): number {
  return LONG_IDS + blake3(digest, path).readUIntBE(0, 6)
}

export function isLongId(id: number): boolean {
  return id >= LONG_IDS
}

export function isLong({ size }: { readonly size: number }): boolean {
  return size > BLOCK_BYTES
}

export function blockCount(size: number): number {
  return Math.max(1, Math.ceil(size / BLOCK_BYTES))
}

/** Of block number `block` of a file. */
export function blockLength(size: number, block: number): number {
  return Math.min(BLOCK_BYTES, size - block * BLOCK_BYTES)
}

/** Whether these are the digests of the blocks of that file. */
export function isBlockList({ size, digest }: Entry, blocks: Uint8Array): boolean {
  return blocks.length === blockCount(size) * DIGEST_BYTES && sameBytes(fileDigest(size, blocks), digest)
}

export function digestAt(blocks: Uint8Array, block: number): Uint8Array {
  return blocks.subarray(block * DIGEST_BYTES, (block + 1) * DIGEST_BYTES)
}

/** Makes staged files durable all at once and puts them in place, as far as they are still what should be there. */
export async function placeStaged(context: FolderContext, applier: Applier, staged: readonly Staged[]): Promise<readonly Outcome[]> {
  await context.disk.flush()
  const outcomes = await applier.apply(staged.map(({ id, target }) => ({
    path: target.path,
    accepts: (planned) => planned.step.kind === 'get' && sameContent(planned.target, target) && sameAttributes(planned.target, target),
    content: () => ({ kind: 'staged', id }),
  })))
  // What a long file has cost is not thrown away because of something that passes.
  const useless = (id: number, outcome: Outcome | undefined) => outcome !== 'done' && (!isLongId(id) || outcome === 'settled' || outcome === 'other')
  const left = staged.filter(({ id }, at) => useless(id, outcomes[at])).map(({ id }) => id)
  if (left.length > 0) await context.disk.unstage(left)
  return outcomes
}

/** Stages whole small files; those that could not be are left out, with the reason told. */
export async function stageSmall(
  context: FolderContext, files: readonly { readonly id: number; readonly target: Entry; readonly bytes: Uint8Array }[],
  failed: (target: Entry, error: HoldfastError) => void,
): Promise<readonly Staged[]> {
  if (files.length === 0) return []
  const errors = await context.disk.stage(files.map(({ id, target, bytes }) => ({ id, mtimeMs: target.mtimeMs, executable: target.executable, bytes })))
  return files.filter(({ target }, at) => {
    const error = errors[at]
    if (error) failed(target, error)
    return !error
  })
}
