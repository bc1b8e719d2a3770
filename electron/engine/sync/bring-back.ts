import type { FolderContext } from './folder-context.ts'
import type { Taken } from './recent-changes.ts'
import { compareVersions } from './version.ts'

const PAGE = 500

/**
 * Puts back from the trash what others' changes have taken away, as far as nobody has done anything there since: under its
 * own name, and what has taken its place goes to the trash. Returns where there is something to look at now.
 */
export async function bringBack({ store, id, disk, signal }: FolderContext, taken: readonly Taken[]): Promise<readonly string[]> {
  const wanted = new Map(taken.flatMap(({ path, version, changes }) => {
    const local = store.local(id, path)
    return local && !local.changedHere && compareVersions(local.version, version) === 'equal' ? [[path, { local, changes }] as const] : []
  }))
  const touched: string[] = []
  for (const [path, trashId] of await find(disk.trash, wanted)) {
    signal.throwIfAborted()
    const back = await disk.trash.restore(trashId)
    touched.push(path, back)
    const { stamp } = wanted.get(path)?.local ?? {}
    const now = back === path ? undefined : await disk.stat(back)
    if (!stamp || !now) continue
    const { mtimeMs } = now.stamp
    // From beside it into its place; where something is there by now that nobody knows of yet, both stay.
    const [gone] = await disk.apply([{ kind: 'trash', path, expected: stamp, by: null }])
    if (gone?.kind === 'done') await disk.apply([{ kind: 'move', from: back, expected: now.stamp, path, mtimeMs: Math.floor(mtimeMs), executable: now.executable }])
  }
  return [...new Set(touched)]
}

/** Of each path the file that was put there so many changes ago. */
async function find(trash: FolderContext['disk']['trash'], wanted: ReadonlyMap<string, { readonly changes: number }>): Promise<ReadonlyMap<string, string>> {
  const left = new Map([...wanted].map(([path, { changes }]) => [path, changes]))
  const found = new Map<string, string>()
  for (let offset = 0; left.size > 0; offset += PAGE) {
    const { items } = await trash.list({ offset, limit: PAGE })
    for (const { path, id, deviceName } of items) {
      const changes = left.get(path)
      if (changes === undefined || deviceName === null) continue
      found.set(path, id)
      if (changes > 1) left.set(path, changes - 1)
      else left.delete(path)
    }
    if (items.length < PAGE) break
  }
  return found
}
