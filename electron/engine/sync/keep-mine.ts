import { bringBack } from './bring-back.ts'
import type { LocalEntry } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import { planPath } from './planner.ts'
import type { Taken } from './recent-changes.ts'
import { record } from './record.ts'
import { planKey } from './survey.ts'
import { bumpVersion, mergeVersions } from './version.ts'

/**
 * Instead of deleting and replacing: what is here wins everywhere, for it covers what the others have. A receive-only
 * folder keeps it to itself. `keys`: of what somebody has decided about, and of nothing else. `taken` comes back too:
 * where there is something to look at for that is returned.
 */
export async function keepMine(context: FolderContext, paths: readonly string[], keys: ReadonlySet<string>, taken: readonly Taken[]): Promise<readonly string[]> {
  const entries: Omit<LocalEntry, 'sequence'>[] = []
  for (const path of paths) {
    const planned = planPath(context, path)
    if (!planned?.local || !keys.has(planKey(planned))) continue
    const { target, remotes, local: { sequence: _, ...local } } = planned
    if (context.mode === 'receive-only') {
      const { stamp } = local
      entries.push({ ...target, changedHere: true, ...(stamp ? { stamp } : {}) })
    } else {
      const known = remotes.reduce((merged, remote) => mergeVersions(merged, remote.version), local.version)
      entries.push({ ...local, version: bumpVersion(known, context.tag), modifiedBy: context.tag })
    }
  }
  record(context, entries)
  return await bringBack(context, taken)
}
