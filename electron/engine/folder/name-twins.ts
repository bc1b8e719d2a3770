import { readdirSync } from 'node:fs'
import { errnoOf } from './disk-errors.ts'
import { collisionKey } from './names.ts'
import type { InsideFolders } from './resolve-inside.ts'
import type { VolumeTraits } from './volume-probe.ts'

/** Whether the volume may take two names for one. */
export function foldsNames(traits: VolumeTraits): boolean {
  return traits.foldsCase || traits.foldsUnicode
}

/**
 * Finds names that a volume takes for others which are there. Without that, `Photos/a` would land in `photos`, be missed
 * under its own name, and be taken for deleted. Lives for one job; each folder is listed once.
 */
export class NameTwins {
  readonly #folders: InsideFolders
  readonly #traits: VolumeTraits
  #names = new Map<string, ReadonlyMap<string, string>>()

  constructor(folders: InsideFolders, traits: VolumeTraits) {
    this.#folders = folders
    this.#traits = traits
  }

  /** The name on disk that one of the path's names would be taken for; undefined when there is none. */
  of(segments: readonly string[]): string | undefined {
    if (!foldsNames(this.#traits)) return undefined
    for (const [depth, segment] of segments.entries()) {
      const there = this.#namesIn(segments.slice(0, depth)).get(collisionKey(segment, this.#traits))
      if (there === undefined) return undefined
      if (there !== segment && !(this.#traits.foldsUnicode && there.normalize('NFC') === segment)) return there
    }
    return undefined
  }

  #namesIn(folder: readonly string[]): ReadonlyMap<string, string> {
    const key = folder.join('/')
    let names = this.#names.get(key)
    if (!names) {
      names = new Map(this.#read(folder).map((name) => [collisionKey(name, this.#traits), name]))
      this.#names.set(key, names)
    }
    return names
  }

  /** After something was made or removed in it. */
  forget(folder: readonly string[]): void {
    this.#names.delete(folder.join('/'))
  }

  #read(folder: readonly string[]): string[] {
    try {
      return readdirSync(this.#folders.path(folder))
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return []
      throw error
    }
  }
}

/** Why a volume with these traits would hold the name in another form; undefined when it holds it as it is. */
export function formProblem(path: string, traits: VolumeTraits): string | undefined {
  return traits.foldsUnicode && path.normalize('NFC') !== path ? 'is written with separate accents, which this volume does not keep apart' : undefined
}
