import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { SyncFolder } from '../../shared/model/folder.ts'
import type { CommandContext } from './command.ts'
import { countsText, planLine } from './folder-text.ts'
import { formatCount } from './format.ts'
import { printable } from './printable.ts'

const MAX_SHOWN = 20

/** Shows a person what would be taken away, and asks. Undefined: nobody can be asked, or the answer is to leave it for now. */
export async function askFolder(context: CommandContext, engine: Pick<EngineClient, 'call'>, folder: SyncFolder): Promise<'apply' | 'keep-mine' | undefined> {
  const { io, output } = context
  if (folder.state.kind !== 'asking' || !io.stdin.isTerminal) return undefined
  const { counts, totalFiles } = folder.state
  output.say(`${printable(folder.name)}: ${countsText(counts)}, of ${formatCount(totalFiles, 'file')} here.`)
  const { items } = await engine.call('sync:plan', { folderId: folder.id, offset: 0, limit: 500 })
  const takes = items.filter(({ action }) => action === 'delete' || action === 'replace')
  for (const item of takes.slice(0, MAX_SHOWN)) output.say(`  ${planLine(item)}`)
  if (counts.delete + counts.replace > MAX_SHOWN) output.say('  …')
  output.ask('Do it (yes), keep what is here and make that count everywhere (keep), or leave it for now (no)?')
  return await new Promise((resolve) => {
    const stop = io.stdin.listen(
      (line) => {
        const word = line.trim().toLowerCase()
        if (word === 'y' || word === 'yes') settle('apply')
        else if (word === 'k' || word === 'keep') settle('keep-mine')
        else if (word === 'n' || word === 'no' || word === '') settle(undefined)
        else output.say('Answer yes, keep or no.')
      },
      () => settle(undefined),
    )
    const settle = (answer: 'apply' | 'keep-mine' | undefined) => {
      stop()
      resolve(answer)
    }
  })
}
