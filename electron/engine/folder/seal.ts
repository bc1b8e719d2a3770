import { lstatSync, type Stats } from 'node:fs'
import { errnoOf } from './disk-errors.ts'
import { removeStaged } from './finish.ts'
import type { PlacedFile, SourceStamp } from './ports.ts'
import { sameStamp, stampOfPath } from './stamps.ts'

/** Volumes' clocks are those of the kernel's ticks, behind the time of day by up to this. */
const TICK_MS = 20
/**
 * A file that was changed so shortly before it was looked at may change once more without another time: the coarsest
 * volumes count in two seconds. Git calls such files racily clean, and reads them again.
 */
export const RACY_MS = 2_500

/**
 * Takes the second name from a file in place and returns its seal: how it looks from then on. While it looks like that its
 * content is what was verified and written. Undefined where that can't be said, and it would have to be read:
 *
 * The link that put it there gave it its change time. When that is the time it was put there, nobody has written to it since,
 * whatever modification time it was given back, and this volume does keep change times. The unlink changes it once more.
 */
export function unstageAndSeal(staged: string, path: string, placed: PlacedFile, nowMs: () => number): SourceStamp | undefined {
  const before = lstatSync(staged, { throwIfNoEntry: false })
  removeStaged(staged)
  const after = look(path)
  if (!after?.isFile()) return undefined
  const stamp = stampOfPath(path, after)
  // Moved over a placeholder instead of linked: that was the last change.
  const asPlaced = before ?? after
  const was = before ? stampOfPath(path, before) : stamp
  if (asPlaced.nlink !== (before ? 2 : 1) || after.nlink !== 1) return undefined
  if (was.ctimeMs < placed.placedAtMs - TICK_MS || was.ctimeMs > placed.placedAtMs + 1) return undefined
  if (!sameStamp({ ...was, ctimeMs: stamp.ctimeMs }, stamp) || stamp.ctimeMs < was.ctimeMs) return undefined
  if (stamp.size !== placed.size || Math.floor(stamp.mtimeMs) !== placed.mtimeMs) return undefined
  return stamp.mtimeMs < nowMs() - RACY_MS ? stamp : undefined
}

/** Whatever is the matter, it is not known to be as it was. */
function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return undefined
  }
}
