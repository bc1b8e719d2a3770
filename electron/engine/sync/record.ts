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
    const paths = entries.map(({ path }) => path).filter((path) => reconcile(store.local(id, path), store.remote(id, path), mode).kind === 'settled')
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
