import { futimesSync, lutimesSync } from 'node:fs'

/** Range of JavaScript's Date; a peer may have sent any number. */
const MAX_TIME_MS = 8.64e15

/**
 * Milliseconds as `utimes` takes them. Doubles of seconds are coarser than nanoseconds and are cut off, not rounded: half
 * a microsecond more keeps a fraction from falling into the millisecond before. Node takes a negative number of seconds
 * for now, but not a Date before 1970.
 */
export function toFileTime(mtimeMs: number): number | Date {
  const ms = Number.isFinite(mtimeMs) ? Math.trunc(Math.min(MAX_TIME_MS, Math.max(-MAX_TIME_MS, mtimeMs))) : 0
  if (ms < 0) return new Date(ms)
  return ms % 1000 === 0 ? ms / 1000 : (ms + 0.0005) / 1000
}

/** Of an open file. A volume that can't hold this time keeps the content all the same. */
export function setTimes(descriptor: number, mtimeMs: number): void {
  const time = toFileTime(mtimeMs)
  quietly(() => futimesSync(descriptor, time, time))
}

/** By name, never following a symlink. */
export function setTimesOf(path: string, mtimeMs: number): void {
  const time = toFileTime(mtimeMs)
  quietly(() => lutimesSync(path, time, time))
}

function quietly(work: () => void): void {
  try {
    work()
  } catch {
    // A time is an ornament: exFAT has no 1970, some network volumes have no times at all.
  }
}
