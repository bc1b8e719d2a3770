import { getPriority, setPriority } from 'node:os'

/** Of `nice`: about a third of the weight of what has none. */
const BELOW_NORMAL = 5

/**
 * From now on this thread, and every one it starts, lets what is urgent go first: with all processors busy a window stays
 * smooth, and where there is nothing to wait for nothing is slower. Only on Linux, where setpriority(2) is about a thread;
 * elsewhere it would be about the process, its window included.
 */
export function giveWay(): void {
  if (process.platform !== 'linux') return
  try {
    if (getPriority() < BELOW_NORMAL) setPriority(BELOW_NORMAL)
  } catch {
    // A sandbox that does not allow it: then it is as before.
  }
}
