import { realpathSync, statSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { ENGINE_FOLDER } from './path-gate.ts'

export interface TreeEvent {
  readonly type: 'create' | 'update' | 'delete'
  /** Slash-separated, relative to the folder; '' is the folder itself. */
  readonly path: string
}

/** Watches a folder and all below it until the returned function is called. Rejects where the system refuses. */
export type WatchTree = (folder: string, heard: (error: Error | undefined, events: readonly TreeEvent[]) => void) => Promise<() => Promise<void>>

/** On Linux, a second name of every absolute path, as often as it is put before it. */
const SAME_ROOT = '/proc/self/root'
const MOST_NAMES = 64

/** Names under which a folder is watched, or was when the watcher failed: then its list of folders may live on. */
const taken = new Set<string>()

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

/**
 * `WatchTree` of @parcel/watcher, which is loaded when first needed: an engine that only sends never watches. The engine's
 * own folder is left out.
 *
 * It may not tell: of a file made and deleted within its window of 50 to 500 ms, anything; on Linux, of folders that come
 * with folders in them, what happens in those (inotify knows no trees), and, when the system's queue runs over, whatever.
 * What it has gathered and not told when it is stopped is lost. A new subscription reads the tree afresh, but only under a name that no other subscription has: those of one name share
 * their list of folders, gaps included. So every subscription here gets a name of its own.
 */
export const watchTree: WatchTree = (folder, heard) => inTurn(() => lay(folder, heard))

const lay: WatchTree = async (folder, heard) => {
  const { default: watcher } = await import('@parcel/watcher')
  const name = freshName(realpathSync(folder))
  taken.add(name)
  const subscription = await watcher.subscribe(
    name,
    (error, events) => heard(error ?? undefined, events.map(({ type, path }) => ({ type, path: pathBelow(name, path) }))),
    // Relative, for a user's folder may have a name that is a pattern.
    { ignore: [ENGINE_FOLDER] },
  )
  return () =>
    inTurn(async () => {
      await subscription.unsubscribe()
      taken.delete(name)
    })
}

/** By the plain case first: `relative` costs more than all the rest of an event. */
function pathBelow(name: string, path: string): string {
  if (sep === '/' && path.startsWith(name) && path[name.length] === sep) return path.slice(name.length + 1)
  return relative(name, path).split(sep).join('/')
}

function freshName(real: string): string {
  if (process.platform !== 'linux') return real
  for (let times = 0; times < MOST_NAMES; times += 1) {
    const name = SAME_ROOT.repeat(times) + real
    if (!taken.has(name)) return isSame(name, real) ? name : real
  }
  return real
}

/** Not where nothing is mounted there. */
function isSame(name: string, real: string): boolean {
  const [a, b] = [statSync(name, { throwIfNoEntry: false }), statSync(real, { throwIfNoEntry: false })]
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev
}
