import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, dirname, join, parse, resolve } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { errnoOf } from './disk-errors.ts'
import { collisionKey, numberedName, shownName } from './names.ts'

/** One thing to send: what the user named, and the name it arrives under. */
export interface NamedSource {
  /** Absolute, its folder without symlinks; the last part may be one, and is then followed. */
  readonly path: string
  readonly name: string
}

/** Two sources whose names differ in case only would meet on many a receiver. */
const FOLDED = { foldsCase: true, foldsUnicode: true }

/**
 * Canonical paths of what is to be sent: the same things named in another way give the same. Throws HoldfastError
 * PATH_NOT_FOUND or PATH_NO_PERMISSION.
 */
export function canonicalSources(sources: readonly string[]): string[] {
  return sources.map((source) => {
    const absolute = resolve(source)
    try {
      const folder = dirname(absolute)
      const canonical = folder === absolute ? absolute : join(realpathSync(folder), basename(absolute))
      const found = statSync(canonical)
      if (found.isDirectory()) accessSync(canonical, constants.R_OK | constants.X_OK)
      else if (found.isFile()) accessSync(canonical, constants.R_OK)
      return canonical
    } catch (error) {
      throw sourceError(error, source)
    }
  })
}

/** Canonical, each once and in one order: the same things named otherwise are the same send. Throws what `canonicalSources` throws. */
export function sourcesOfSend(paths: readonly string[]): string[] {
  return [...new Set(canonicalSources(paths))].sort()
}

/** Each under its own name; a second one of the same name becomes `name (2)`. */
export function nameSources(canonical: readonly string[]): NamedSource[] {
  const taken = new Set<string>()
  return canonical.map((path) => {
    const own = basename(path) || parse(path).root.replace(/[^A-Za-z0-9]/g, '') || 'root'
    const kind = statSync(path, { throwIfNoEntry: false })?.isDirectory() ? 'folder' : 'file'
    for (let number = 1; ; number += 1) {
      const name = numberedName(own, number, kind)
      const key = collisionKey(name, FOLDED)
      if (taken.has(key)) continue
      taken.add(key)
      return { path, name }
    }
  })
}

function sourceError(error: unknown, source: string): unknown {
  switch (errnoOf(error)) {
    case undefined:
      return error
    case 'EACCES':
    case 'EPERM':
      return new HoldfastError('PATH_NO_PERMISSION', `Reading ${shownName(source)} is not permitted. Give yourself read permission, or send something else.`, {
        cause: error,
        details: { path: source },
      })
    case 'ELOOP':
      return new HoldfastError('PATH_NOT_FOUND', `${shownName(source)} is a symbolic link that leads to itself. Send what it should point to.`, {
        cause: error,
        details: { path: source },
      })
    default:
      return new HoldfastError('PATH_NOT_FOUND', `There is nothing at ${shownName(source)}. Check the path.`, { cause: error, details: { path: source } })
  }
}
