import { relative, resolve, sep } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import type { SyncConflict, SyncFolder } from '../../../shared/model/folder.ts'
import { parseChoice, usageError } from '../args.ts'
import { defineCommand, withEngine, type EngineCalls } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findFolders } from '../find-folder.ts'
import { allItems } from '../pages.ts'
import { printable } from '../printable.ts'

interface Found {
  readonly folder: SyncFolder
  readonly conflict: SyncConflict
}

const DONE = { original: 'The original stays', copy: 'The copy takes its place', both: 'Both stay, each under its own name' } as const

export const command = defineCommand(
  {
    name: 'sync resolve',
    summary: 'Decides a conflict. What is not kept goes to the trash of the folder.',
    usage: 'PATH... --keep original|copy|both',
    positionals: { min: 1, max: 1000 },
    options: {
      keep: { type: 'string', value: 'original|copy|both', help: 'the file under the original name, the copy beside it, or both' },
      folder: { type: 'string', value: 'FOLDER', help: 'which shared folder, when several have such a conflict' },
    },
    notes: ['PATH is the copy or the original as `holdfast sync conflicts` lists them, or a path on this disk.'],
  },
  async (context, { positionals, values }) => {
    if (values.keep === undefined) throw usageError('--keep original, copy or both is missing', 'sync resolve')
    const keep = parseChoice(values.keep, ['original', 'copy', 'both'], 'keep', 'sync resolve')
    return await withEngine(context, async (engine) => {
      const { output, io } = context
      const open = await conflicts(engine, await findFolders(engine, values.folder === undefined ? [] : [values.folder], io.cwd))
      const chosen = positionals.flatMap((typed) => match(open, typed, io.cwd))
      for (const { folder, conflict } of new Set(chosen)) {
        await engine.call('sync:resolve', { folderId: folder.id, copyPath: conflict.copyPath, keep })
        output.record('resolved', { folderId: folder.id, folder: folder.name, path: conflict.path, copyPath: conflict.copyPath, keep })
        output.say(`${DONE[keep]}: ${printable(conflict.path)}`)
      }
      return EXIT.ok
    })
  },
)

async function conflicts(engine: EngineCalls, folders: readonly SyncFolder[]): Promise<Found[]> {
  const found: Found[] = []
  for (const folder of folders) {
    for await (const conflict of allItems((page) => engine.call('sync:conflicts', { ...page, folderId: folder.id }))) found.push({ folder, conflict })
  }
  return found
}

/** The copies that a path names: itself, or all of an original. Throws PATH_NOT_FOUND, USAGE_INVALID. */
function match(open: readonly Found[], typed: string, cwd: string): Found[] {
  const named = ({ folder, conflict }: Found, path: string) => {
    const onDisk = relative(folder.path, resolve(cwd, typed)).split(sep).join('/')
    return path === typed || path === onDisk || conflict.copyPath === typed
  }
  const copies = open.filter((one) => named(one, one.conflict.copyPath))
  const found = copies.length > 0 ? copies : open.filter((one) => named(one, one.conflict.path))
  const shown = JSON.stringify(typed)
  if (found.length === 0) throw new HoldfastError('PATH_NOT_FOUND', `There is no conflict ${shown}; holdfast sync conflicts lists them.`)
  if (new Set(found.map(({ folder }) => folder.id)).size > 1) {
    throw new HoldfastError('USAGE_INVALID', `Several folders have a conflict ${shown}: say which with --folder.`)
  }
  return found
}
