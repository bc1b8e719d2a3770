import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path'
import { HoldfastError } from '../../shared/errors.ts'

export interface TakenPlaces {
  /** Of this engine: keys and journal. */
  readonly home: string
  /** Other shared folders. */
  readonly shared: readonly { readonly name: string; readonly path: string }[]
  /** Where deliveries are received, each with an engine folder of its own. */
  readonly receiving: readonly string[]
}

/**
 * Where a shared folder may be: the true path, links resolved; it need not exist yet. Throws USAGE_INVALID for one in or
 * around another, which would tell of the same files twice, and for one that holds the engine's own home: its private
 * key must not leave this device.
 */
export async function placeFolder(path: string, taken: TakenPlaces): Promise<string> {
  if (!isAbsolute(path)) throw new HoldfastError('USAGE_INVALID', 'The folder must be given as a whole path, from its root on.')
  const place = await truePath(path)
  const home = await truePath(taken.home)
  if (isWithin(home, place) || isWithin(place, home)) {
    throw new HoldfastError('USAGE_INVALID', `Holdfast's own files are in ${home}: they must not leave this device. Share another folder.`)
  }
  for (const folder of taken.shared) {
    const other = await truePath(folder.path)
    if (!isWithin(other, place) && !isWithin(place, other)) continue
    const how = other === place ? 'That folder is shared already' : isWithin(place, other) ? 'That folder is inside one that is shared already' : 'Inside that folder is one that is shared already'
    throw new HoldfastError('USAGE_INVALID', `${how}, as ${JSON.stringify(folder.name)}. A file can be in one shared folder only.`)
  }
  for (const folder of taken.receiving) {
    if ((await truePath(folder)) !== place) continue
    throw new HoldfastError('USAGE_INVALID', 'Deliveries are received into that folder. Share a folder inside it, or another one.')
  }
  return place
}

/**
 * Throws USAGE_INVALID for a place in a shared folder, from where everything that is delivered would go to the devices
 * that share it, and for one around it, where a delivery could take its name. `around`: that is so already, for a folder
 * may be shared that lies in one that is received into.
 */
export async function requireReceivable(path: string, shared: TakenPlaces['shared'], around: 'refused' | 'known' = 'refused'): Promise<void> {
  const place = await truePath(path)
  for (const folder of shared) {
    const other = await truePath(folder.path)
    if (!isWithin(place, other) && (around === 'known' || !isWithin(other, place))) continue
    const name = JSON.stringify(folder.name)
    const how = other === place ? `is the shared folder ${name}` : isWithin(place, other) ? `is inside the shared folder ${name}` : `has the shared folder ${name} in it`
    throw new HoldfastError('USAGE_INVALID', `${place} ${how}, which is kept the same on other devices. Receive into another folder, or share that one no more.`, { details: { folder: path } })
  }
}

/** Links resolved as far as the path exists. */
async function truePath(path: string): Promise<string> {
  const whole = resolve(path)
  try {
    return await realpath(whole)
  } catch {
    const parent = dirname(whole)
    return parent === whole ? whole : join(await truePath(parent), basename(whole))
  }
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
