import { resolve } from 'node:path'
import { HoldfastError } from '../../shared/errors.ts'
import type { FolderOffer, SyncFolder } from '../../shared/model/folder.ts'
import type { EngineCalls } from './command.ts'
import { findId } from './match-id.ts'

/** Shared folders by what a person typed: name, id (or its beginning), or path. Without anything typed: all. Throws SYNC_FOLDER_UNKNOWN. */
export async function findFolders(engine: EngineCalls, typed: readonly string[], cwd: string): Promise<readonly SyncFolder[]> {
  const all = await engine.call('sync:list', {})
  if (typed.length === 0) return all
  return [...new Set(typed.map((one) => match(all, one, cwd)))]
}

/** One of them; without anything typed the only one there is. Throws SYNC_FOLDER_UNKNOWN, USAGE_INVALID. */
export async function findFolder(engine: EngineCalls, typed: string | undefined, cwd: string): Promise<SyncFolder> {
  const all = await engine.call('sync:list', {})
  if (typed !== undefined) return match(all, typed, cwd)
  const [only, another] = all
  if (!only) throw new HoldfastError('SYNC_FOLDER_UNKNOWN', 'No folder is shared here yet: holdfast sync add DIR --with DEVICE shares one.')
  if (another) throw new HoldfastError('USAGE_INVALID', 'Several folders are shared here: say which (holdfast sync list).')
  return only
}

/** Of offers by name or id, the only one when nothing is typed. Throws SYNC_FOLDER_UNKNOWN, USAGE_INVALID. */
export function findOffer(offers: readonly FolderOffer[], typed: string): FolderOffer {
  const id = findId(typed, [...new Set(offers.map((offer) => offer.folderId))])
  const found = offers.filter((offer) => offer.folderId === id || offer.name === typed)
  const ids = new Set(found.map((offer) => offer.folderId))
  if (ids.size > 1) throw new HoldfastError('USAGE_INVALID', `Several offered folders are called ${JSON.stringify(typed)}: give the id.`)
  const [offer] = found
  if (!offer) throw new HoldfastError('SYNC_FOLDER_UNKNOWN', `No folder ${JSON.stringify(typed)} is offered here; holdfast sync accept lists the offers.`)
  return offer
}

function match(all: readonly SyncFolder[], typed: string, cwd: string): SyncFolder {
  const named = all.filter((folder) => folder.name === typed)
  if (named.length === 1) return named[0]!
  const path = resolve(cwd, typed)
  const id = findId(typed, all.map((folder) => folder.id))
  const found = all.find((folder) => folder.path === path) ?? all.find((folder) => folder.id === id)
  if (found) return found
  const shown = JSON.stringify(typed)
  if (named.length > 1) throw new HoldfastError('USAGE_INVALID', `Several folders are called ${shown}: give the path or the id.`)
  throw new HoldfastError('SYNC_FOLDER_UNKNOWN', `No shared folder has the name, id or path ${shown}; holdfast sync list names them.`)
}
