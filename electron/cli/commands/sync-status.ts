import type { SyncFolder } from '../../../shared/model/folder.ts'
import { defineCommand, withEngine, type CommandContext, type EngineCalls } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { findFolders } from '../find-folder.ts'
import { recordFolder } from '../folder-record.ts'
import { MODE_TEXT, amountText, folderDeviceText, folderStateText, trashText } from '../folder-text.ts'
import { formatCount, formatTime } from '../format.ts'
import { allItems } from '../pages.ts'
import { printable } from '../printable.ts'
import { tellNotRunning } from '../tell-not-running.ts'

const MAX_PROBLEMS = 20

export const command = defineCommand(
  {
    name: 'sync status',
    summary: 'Shows how folders are doing here: what is still to come, from whom, and what needs attention.',
    usage: '[FOLDER...]',
    positionals: { min: 0, max: 100 },
    options: {},
    notes: ['FOLDER is a name, an id or a path.'],
  },
  async (context, { positionals }) =>
    await withEngine(context, async (engine) => {
      const folders = await findFolders(engine, positionals, context.io.cwd)
      for (const folder of folders) await show(context, engine, folder)
      if (folders.length > 0) await tellNotRunning(context, engine)
      else context.output.say('No folder is shared here yet: holdfast sync add DIR --with DEVICE')
      return EXIT.ok
    }),
)

async function show({ output, homeHint }: CommandContext, engine: EngineCalls, folder: SyncFolder): Promise<void> {
  recordFolder(output, folder)
  const lines: [string, string][] = [
    ['folder', printable(folder.name)],
    ['id', folder.id],
    ['path', printable(folder.path)],
    ['mode', MODE_TEXT[folder.mode]],
    ['state', folderStateText(folder.state)],
    ['content', amountText(folder.content)],
    ...(folder.lastScanMs === undefined ? [] : [['looked at', formatTime(folder.lastScanMs)] as [string, string]]),
    ...folder.devices.map((device): [string, string] => ['device', folderDeviceText(device)]),
    ...(folder.trash.files > 0 ? [['trash', trashText(folder)] as [string, string]] : []),
    ...(folder.changedHere > 0 ? [['here only', `${formatCount(folder.changedHere, 'file')} changed here, and told to nobody`] as [string, string]] : []),
    ...(folder.conflicts > 0 ? [['conflicts', `${folder.conflicts}: holdfast sync conflicts${homeHint}`] as [string, string]] : []),
    ...(folder.problems > 0 ? [['problems', String(folder.problems)] as [string, string]] : []),
  ]
  for (const [name, value] of lines) output.result(`${name.padEnd(10)} ${value}`)
  if (folder.state.kind === 'asking') {
    const name = JSON.stringify(folder.name)
    output.say(`It would take much away here, so it asks: holdfast sync run ${name} --dry-run${homeHint} shows what; --yes does it, --keep-mine keeps what is here.`)
  }
  let shown = 0
  for await (const { path, error, sinceMs } of allItems((page) => engine.call('sync:problems', { ...page, folderId: folder.id }))) {
    output.record('problem', { folderId: folder.id, folder: folder.name, path, code: error.code, message: error.message, sinceMs })
    shown += 1
    if (shown <= MAX_PROBLEMS) output.result(`  ${printable(path)}: ${printable(error.message)}`)
  }
  if (shown > MAX_PROBLEMS) output.result(`  and ${shown - MAX_PROBLEMS} more`)
  output.result('')
}
