import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findFolder } from '../find-folder.ts'

export const command = defineCommand(
  {
    name: 'sync ignore',
    summary: 'Shows or changes which files of a folder are left alone: its .holdfastignore, in gitignore syntax.',
    usage: '[FOLDER]',
    positionals: { min: 0, max: 1 },
    options: {
      add: { type: 'string', multiple: true, value: 'PATTERN', help: 'ignore this too' },
      remove: { type: 'string', multiple: true, value: 'PATTERN', help: 'ignore this no more' },
    },
    notes: ['The patterns are shared with the folder. A file that is ignored stays where it is, on every device.'],
  },
  async (context, { positionals, values }) =>
    await withEngine(context, async (engine) => {
      const { id, name } = await findFolder(engine, positionals[0], context.io.cwd)
      const { text } = await engine.call('sync:ignore-get', { folderId: id })
      const changed = edit(text, values.add ?? [], values.remove ?? [])
      if (changed !== text) await engine.call('sync:ignore-set', { folderId: id, text: changed })
      context.output.record('ignore', { folderId: id, folder: name, text: changed })
      if (changed !== '') context.output.result(changed.trimEnd())
      return EXIT.ok
    }),
)

function edit(text: string, add: readonly string[], remove: readonly string[]): string {
  const kept = remove.length === 0 ? text : text.split('\n').filter((line) => !remove.includes(line.trim())).join('\n')
  const present = new Set(kept.split('\n').map((line) => line.trim()))
  const fresh = add.filter((pattern) => !present.has(pattern))
  if (fresh.length === 0) return kept
  return `${kept === '' || kept.endsWith('\n') ? kept : `${kept}\n`}${fresh.join('\n')}\n`
}
