import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { FolderId, FolderOffer, SyncFolder } from '../../shared/model/folder.ts'
import type { CommandContext } from './command.ts'
import { recordActivity, recordFolder } from './folder-record.ts'
import { activityLine, folderStateText, offerLine } from './folder-text.ts'
import { printable } from './printable.ts'

/** States that wait for somebody. */
const NEEDS_SOMEBODY: ReadonlySet<SyncFolder['state']['kind']> = new Set(['missing', 'asking', 'waiting'])

/** Tells what happens to shared folders beside everything else: scripts all of it, people what they may want to act on. */
export function reportFolders({ output, homeHint }: CommandContext, engine: Pick<EngineClient, 'call' | 'on'>): () => void {
  const known = new Map<FolderId, SyncFolder>()
  const changed = (folder: SyncFolder) => {
    const before = known.get(folder.id)
    known.set(folder.id, folder)
    if (before && isSame(before, folder)) return
    recordFolder(output, folder)
    const { kind } = folder.state
    if (kind === before?.state.kind) return
    if (NEEDS_SOMEBODY.has(kind)) output.say(`${printable(folder.name)}: ${folderStateText(folder.state)}`)
    if (kind === 'asking') output.say(`  holdfast sync run ${folder.id.slice(0, 8)}${homeHint}   with --dry-run, --yes or --keep-mine`)
  }
  const offered = (offer: FolderOffer) => {
    output.record('offer', offer)
    output.say(`A folder is offered: ${offerLine(offer)}`)
    output.say(`  holdfast sync accept ${offer.folderId.slice(0, 8)} --dir DIR${homeHint}   or   holdfast sync refuse ${offer.folderId.slice(0, 8)}${homeHint}`)
  }
  const stops = [
    engine.on('sync:changed', changed),
    engine.on('sync:removed', ({ folderId }) => known.delete(folderId)),
    engine.on('sync:offered', offered),
    engine.on('sync:files', ({ folderId, items }) => {
      const folder = known.get(folderId)
      for (const item of items) {
        if (folder) recordActivity(output, folder, item)
        if (item.kind === 'conflict' || item.kind === 'failed') output.say(`${folder ? `${printable(folder.name)}: ` : ''}${activityLine(item)}`)
      }
    }),
  ]
  void engine.call('sync:list', {}).then((folders) => folders.forEach(changed), () => undefined)
  void engine.call('sync:offers', {}).then((offers) => offers.forEach(offered), () => undefined)
  return () => {
    for (const stop of stops) stop()
  }
}

/** What a log need not repeat: only numbers have changed. */
function isSame(before: SyncFolder, now: SyncFolder): boolean {
  const facts = ({ state, mode, devices }: SyncFolder) => [state.kind, mode, ...devices.map((device) => `${device.deviceId} ${device.state}`)].join('\n')
  return facts(before) === facts(now)
}
