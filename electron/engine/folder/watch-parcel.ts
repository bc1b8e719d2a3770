import { realpathSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { ENGINE_FOLDER } from './path-gate.ts'
import type { WatchTree } from './watch-tree.ts'

/**
 * One at a time. The watcher's thread ends with its last subscription, also under one that is being laid meanwhile, which
 * then stands and hears nothing. Nothing is lost by it: the watcher lays one tree at a time anyway.
 */
let before: Promise<unknown> = Promise.resolve()
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const done = before.then(work)
  before = done.catch(() => undefined)
  return done
}

/** `WatchTree` of @parcel/watcher, for systems that watch whole trees (FSEvents, ReadDirectoryChangesW). Loaded when first needed. */
export const watchByParcel: WatchTree = (folder, heard) => inTurn(() => lay(folder, heard))

const lay: WatchTree = async (folder, heard) => {
  const { default: watcher } = await import('@parcel/watcher')
  const root = realpathSync(folder)
  const subscription = await watcher.subscribe(
    root,
    (error, events) => heard(error ?? undefined, events.map(({ type, path }) => ({ type, path: relative(root, path).split(sep).join('/') }))),
    // Relative, for a user's folder may have a name that is a pattern.
    { ignore: [ENGINE_FOLDER] },
  )
  return () => inTurn(() => subscription.unsubscribe())
}
