import { HoldfastError } from '../../../shared/errors.ts'
import type { SyncFolder, TrashItem } from '../../../shared/model/folder.ts'
import { defineCommand, withEngine, type EngineCalls } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findFolders } from '../find-folder.ts'
import { formatBytes, formatTime } from '../format.ts'
import { allItems } from '../pages.ts'
import { printable } from '../printable.ts'

interface Found {
  readonly folder: SyncFolder
  readonly item: TrashItem
}

export const command = defineCommand(
  {
    name: 'sync restore',
    summary: 'Puts files back that a sync has deleted or replaced. Without a name it lists them.',
    usage: '[PATH|ID|PART-OF-PATH]',
    positionals: { min: 0, max: 1 },
    options: {
      folder: { type: 'string', value: 'FOLDER', help: 'only of this shared folder' },
    },
    notes: [
      'A whole path or an id puts the newest of it back, under another name where something else is by now. Anything else\nlists what has it in its path. Files stay in the trash for 30 days.',
    ],
  },
  async (context, { positionals, values }) =>
    await withEngine(context, async (engine) => {
      const { output, io } = context
      const folders = await findFolders(engine, values.folder === undefined ? [] : [values.folder], io.cwd)
      const [typed] = positionals
      const found = await search(engine, folders, typed)
      const [exact] = found.filter(({ item }) => item.id === typed || item.path === typed)
      if (exact) {
        const { path } = await engine.call('sync:restore', { folderId: exact.folder.id, trashId: exact.item.id })
        output.record('restored', { folderId: exact.folder.id, folder: exact.folder.name, path, trashId: exact.item.id })
        output.say(`Restored ${printable(path)} in ${printable(exact.folder.name)}`)
        return EXIT.ok
      }
      for (const { folder, item } of found) {
        const { id, ...rest } = item
        output.record('trash', { folderId: folder.id, folder: folder.name, trashId: id, ...rest })
        const who = item.deviceName === null ? '' : ` by ${printable(item.deviceName)}`
        output.result(`${formatTime(item.atMs)}  ${item.reason}${who}  ${formatBytes(item.size)}  ${printable(folder.name)}  ${printable(item.path)}  ${printable(id)}`)
      }
      if (found.length === 0 && typed !== undefined) throw new HoldfastError('PATH_NOT_FOUND', `Nothing in the trash is called ${JSON.stringify(typed)}.`)
      if (found.length === 0) output.say('The trash is empty.')
      return EXIT.ok
    }),
)

/** Newest first, folder by folder; by id in all of it, for an id is in no path. */
async function search(engine: EngineCalls, folders: readonly SyncFolder[], typed: string | undefined): Promise<Found[]> {
  const found: Found[] = []
  for (const folder of folders) {
    for await (const item of allItems((page) => engine.call('sync:trash', { ...page, folderId: folder.id }))) {
      const fits = typed === undefined || item.id === typed || item.path.toLowerCase().includes(typed.toLowerCase())
      if (fits) found.push({ folder, item })
    }
  }
  return found
}
