import type { LocalEntry } from './entry.ts'
import { IGNORE_FILE, parentOf, type FolderContext } from './folder-context.ts'
import { reconcile } from './reconcile.ts'

/** Writes what is here now to the index, as one commit with `also`; what others know just so is not looked at again. */
export function record(context: FolderContext, entries: readonly Omit<LocalEntry, 'sequence'>[], also?: () => void): void {
  const { store, id, mode } = context
  if (entries.length === 0) return also?.()
  const ignoreFile = entries.some(({ path }) => path === IGNORE_FILE)
  let settled = 0
  store.transaction(() => {
    store.putLocal(id, entries)
    // As they are now; which sequence they have got is of no matter here.
    const latest = [...new Map(entries.map((entry) => [entry.path, entry])).values()]
    const paths = latest.filter((entry) => reconcile({ ...entry, sequence: 0 }, store.remote(id, entry.path), mode).kind === 'settled').map(({ path }) => path)
    store.close(id, paths)
    settled = paths.length
    if (mode === 'send-only') store.markOpen(id, [...new Set(entries.flatMap(({ path }) => foldersAbove(path)))])
    if (ignoreFile) store.openAll(id)
    also?.()
  })
  context.recorded(ignoreFile)
  if (settled < entries.length || mode === 'send-only') context.wake()
}

/** Who has ended one of them elsewhere must hear that there is something new in it (planner.ts, `insist`). */
function foldersAbove(path: string): string[] {
  const above: string[] = []
  for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) above.push(folder)
  return above
}
