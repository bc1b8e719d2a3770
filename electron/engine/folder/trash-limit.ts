import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { errnoOf } from './disk-errors.ts'
import { freeSpace } from './free-space.ts'
import { ENGINE_FOLDER } from './path-gate.ts'

/** Of the volume: what the trash of a receive folder may hold before it is asked about, for nobody's transfer ever empties it. */
const LIMIT_PART = 0.1
/** How long a measurement counts, with what may have been added since. */
const FRESH_MS = 60_000

/**
 * Watches over the trash of one receive folder. It is measured now and then; between two measurements it counts as holding
 * whatever may have been moved there.
 */
export class TrashLimit {
  readonly #root: string
  readonly #limit: () => Promise<number>
  readonly #monotonic: () => number
  #bytes = 0
  #measuredMs = -Infinity

  constructor(root: string, monotonic: () => number, limit: () => Promise<number> = () => partOfVolume(root)) {
    this.#root = root
    this.#limit = limit
    this.#monotonic = monotonic
  }

  /** TRASH_FULL when `bytes` more would be too many; else they count as moved there. */
  async problem(bytes: number): Promise<HoldfastError | undefined> {
    const limitBytes = await this.#limit()
    const fresh = this.#monotonic() - this.#measuredMs < FRESH_MS
    if (!fresh || this.#bytes + bytes > limitBytes) {
      this.#bytes = await sizeOf(join(this.#root, ENGINE_FOLDER, 'trash'))
      this.#measuredMs = this.#monotonic()
    }
    // An empty trash takes anything: there is nothing that the user could make room with.
    if (this.#bytes > 0 && this.#bytes + bytes > limitBytes) return trashFull(this.#root, bytes)
    this.#bytes += bytes
    return undefined
  }
}

function trashFull(root: string, neededBytes: number): HoldfastError {
  return new HoldfastError(
    'TRASH_FULL',
    `The trash of ${root} is full: replaced files take up a tenth of the disk. Delete what you don't need in ${join(root, ENGINE_FOLDER, 'trash')}; the transfer goes on by itself.`,
    { details: { folder: root, neededBytes } },
  )
}

async function partOfVolume(root: string): Promise<number> {
  return (await freeSpace(root)).totalBytes * LIMIT_PART
}

/** Of the files in it, by day. */
async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const day of await namesIn(folder)) {
    for (const name of await namesIn(join(folder, day))) {
      const found = await lstat(join(folder, day, name)).catch(() => undefined)
      if (found?.isFile()) bytes += found.size
    }
  }
  return bytes
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return []
    throw error
  }
}
