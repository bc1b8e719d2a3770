import type { Settings } from '../../shared/model/settings.ts'
import type { CommandContext } from './commands.ts'

/**
 * Changes settings, one change after the other, and each all or nothing: what may be refused (a port, a folder, a framing)
 * is tried before anything is stored, and what ran before runs on meanwhile.
 */
export function settingsChanger(context: CommandContext): (patch: Partial<Settings>) => Promise<Settings> {
  let last: Promise<unknown> = Promise.resolve()
  return (patch) => {
    const changed = last.then(() => change(context, patch))
    last = changed.catch(() => undefined)
    return changed
  }
}

async function change({ settings, network, plain, events, sync }: CommandContext, patch: Partial<Settings>): Promise<Settings> {
  const wanted = { ...settings.current, ...patch }
  const before = settings.current
  // One that was there before the folder was shared stays.
  if (wanted.receiveFolder !== before.receiveFolder) await sync.requireReceivable(wanted.receiveFolder)
  if (wanted.plain.folder !== undefined && wanted.plain.folder !== before.plain.folder) await sync.requireReceivable(wanted.plain.folder)
  const store = () => settings.set(patch)
  const move = await network.prepare(wanted)
  let next: Settings
  try {
    next = patch.plain === undefined ? store() : await plain.change(wanted, store)
  } catch (error) {
    await move.abandon()
    throw error
  }
  await move.commit()
  events.emit('settings:changed', next)
  await plain.settled()
  return next
}
