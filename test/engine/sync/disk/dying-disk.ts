import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const CHANGING = ['linkSync', 'renameSync', 'unlinkSync', 'writeFileSync', 'mkdirSync', 'rmdirSync', 'copyFileSync', 'chmodSync', 'fchmodSync', 'futimesSync', 'lutimesSync', 'writeSync'] as const

/** What every call throws once the machine is off; no errno, so nobody mistakes it for a disk's answer. */
export class PowerCut extends Error {}

/**
 * Runs the work on a machine that loses power before its call number `steps` that changes the disk: that one and all later
 * ones do nothing but throw, so that no clean-up tidies what a real cut would leave. Returns whether the power was cut.
 */
export async function cutAfter(steps: number, work: () => Promise<unknown>): Promise<boolean> {
  const originals = new Map<string, unknown>()
  let done = 0
  let cut = false
  const target = fs as unknown as Record<string, (...values: unknown[]) => unknown>
  const guard = (name: string, changes: (values: unknown[]) => boolean) => {
    const original = target[name] as (...values: unknown[]) => unknown
    originals.set(name, original)
    target[name] = (...values) => {
      if (!changes(values)) return original(...values)
      if (done >= steps) cut = true
      if (cut) throw new PowerCut('the power is off')
      done += 1
      return original(...values)
    }
  }
  for (const name of CHANGING) guard(name, () => true)
  guard('openSync', ([, flags]) => flags === 'wx')
  syncBuiltinESMExports()
  try {
    await work()
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error
  } finally {
    for (const [name, original] of originals) target[name] = original as (...values: unknown[]) => unknown
    syncBuiltinESMExports()
  }
  return cut
}
