import type { LocalEntry } from './entry.ts'
import { IGNORE_FILE, type FolderContext } from './folder-context.ts'
import { reconcile } from './reconcile.ts'

/** Writes what is here now to the index, as one commit with `also`; what others know just so is not looked at again. */
export function record(context: FolderContext, entries: readonly Omit<LocalEntry, 'sequence'>[], also?: () => void): void {
  const { store, id, mode } = context
  if (entries.length === 0) return also?.()
  let settled = 0
  store.transaction(() => {
    store.putLocal(id, entries)
    const paths = entries.map(({ path }) => path).filter((path) => reconcile(store.local(id, path), store.remote(id, path), mode).kind === 'settled')
    store.close(id, paths)
    settled = paths.length
    also?.()
  })
  context.recorded(entries.some(({ path }) => path === IGNORE_FILE))
  if (settled < entries.length) context.wake()
}
