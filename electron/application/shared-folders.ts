import { stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppHandlers } from '../../shared/ipc/app-contract.ts'
import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { FolderIds } from './folder-ids.ts'
import type { PlatformPorts } from './ports.ts'
import { cannotOpen } from './received.ts'

/** Commands about shared folders that name a place on this machine: by what was chosen here, never by a path. */
export function sharedFolders(
  engine: EngineClient,
  platform: PlatformPorts,
  chosen: Pick<FolderIds, 'pathOf'>,
): Pick<AppHandlers, 'sync:add' | 'sync:accept' | 'sync:show'> {
  const folderPath = async (folderId: string): Promise<string> => {
    const folder = (await engine.call('sync:list', {})).find(({ id }) => id === folderId)
    if (!folder) throw new HoldfastError('SYNC_FOLDER_UNKNOWN', 'This folder is not shared here any more.')
    return folder.path
  }
  return {
    'sync:add': ({ choiceId, ...rest }) => engine.call('sync:add', { ...rest, path: chosen.pathOf(choiceId) }),
    'sync:accept': ({ choiceId, inside, ...rest }) => {
      const place = chosen.pathOf(choiceId)
      return engine.call('sync:accept', { ...rest, path: inside === undefined ? place : join(place, safeName(inside)) })
    },
    'sync:show': async ({ folderId, path }) => {
      const folder = await folderPath(folderId)
      if (path !== undefined) {
        if (!platform.showInFolder) throw cannotOpen()
        await platform.showInFolder(insideOf(folder, path))
        return null
      }
      if (!platform.openPath) throw cannotOpen()
      // Opening a file might run it: it must be a folder.
      if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
        throw new HoldfastError('FOLDER_MISSING', `The folder ${JSON.stringify(folder)} is not there.`)
      }
      await platform.openPath(folder)
      return null
    },
  }
}

/** Slashes, colons, the engine's own and hidden names, `..`; control characters and those that reorder text. */
const UNSAFE_NAME = /^\.|^\s|\s$|\.$|[/\\:\p{Cc}\p{Cf}\p{Cs}]/u

/** One name, perhaps as the offering device has suggested it: never a way out of the chosen folder. */
function safeName(name: string): string {
  if (UNSAFE_NAME.test(name)) throw new HoldfastError('USAGE_INVALID', "A folder can't have this name. Choose another one.")
  return name
}

function insideOf(folder: string, path: string): string {
  const whole = resolve(folder, ...path.split('/'))
  const base = resolve(folder)
  if (!whole.startsWith(base.endsWith(sep) ? base : base + sep)) throw new HoldfastError('USAGE_INVALID', 'That is not in this folder.')
  return whole
}
