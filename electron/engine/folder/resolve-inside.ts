import { constants, lstatSync, mkdirSync } from 'node:fs'
import { sep } from 'node:path'
import { errnoOf } from './disk-errors.ts'

/** Refuses a symlink as last component (no effect on Windows, where the engine lstats first). */
export const NO_FOLLOW = constants.O_NOFOLLOW ?? 0

/** `blocked`: something that is no real folder (a file, a link) is in the way. */
export type FolderState = 'folder' | 'missing' | 'blocked'

/**
 * Folders below one root, checked component by component: a symlink is never followed, wherever it points. The root itself
 * may be a link, for the user named it. Lives for one job, so that what was swapped between jobs is seen.
 *
 * Node has no openat: somebody with this user's rights could still swap a folder within a job. He needs no peer for that.
 */
export class InsideFolders {
  readonly root: string
  readonly #prefix: string
  #known = new Set<string>()
  #made = new Set<string>()

  constructor(root: string) {
    this.root = root
    this.#prefix = root.endsWith(sep) ? root : root + sep
  }

  /** Segments must have passed the gate or be the engine's own. */
  path(segments: readonly string[]): string {
    return segments.length === 0 ? this.root : this.#prefix + segments.join(sep)
  }

  state(segments: readonly string[]): FolderState {
    return this.#walk(segments, undefined)
  }

  /** Makes what is missing. `missing` is never the answer; a missing root throws ENOENT, for the engine must not make it. */
  ensure(segments: readonly string[], mode = 0o755): FolderState {
    return this.#walk(segments, mode)
  }

  /** It was made by this job, so nothing was in it. */
  isNew(segments: readonly string[]): boolean {
    return this.#made.has(segments.join('/'))
  }

  #walk(segments: readonly string[], mode: number | undefined): FolderState {
    if (this.#known.has(segments.join('/'))) return 'folder'
    for (let depth = 1; depth <= segments.length; depth += 1) {
      const part = segments.slice(0, depth)
      const key = part.join('/')
      if (this.#known.has(key)) continue
      let state: FolderState | 'made' = entryState(this.path(part))
      if (state === 'missing' && mode !== undefined) {
        state = make(this.path(part), mode)
        if (state === 'made') this.#made.add(key)
      }
      if (state === 'made') state = 'folder'
      if (state !== 'folder') return state
      this.#known.add(key)
    }
    return 'folder'
  }
}

function entryState(path: string): FolderState {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found === undefined ? 'missing' : found.isDirectory() ? 'folder' : 'blocked'
}

function make(path: string, mode: number): FolderState | 'made' {
  try {
    mkdirSync(path, { mode })
    return 'made'
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    return entryState(path)
  }
}
