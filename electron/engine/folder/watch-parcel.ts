import { realpathSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { ENGINE_FOLDER } from './path-gate.ts'
import type { WatchTree } from './watch-tree.ts'

/** `WatchTree` of @parcel/watcher, for systems that watch whole trees (FSEvents, ReadDirectoryChangesW). Loaded when first needed. */
export const watchByParcel: WatchTree = async (folder, heard) => {
  const { default: watcher } = await import('@parcel/watcher')
  const root = realpathSync(folder)
  const subscription = await watcher.subscribe(
    root,
    (error, events) => heard(error ?? undefined, events.map(({ type, path }) => ({ type, path: relative(root, path).split(sep).join('/') }))),
    // Relative, for a user's folder may have a name that is a pattern.
    { ignore: [ENGINE_FOLDER] },
  )
  return () => subscription.unsubscribe()
}
