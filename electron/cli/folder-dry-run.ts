import type { SyncFolder } from '../../shared/model/folder.ts'
import type { OpenedEngine } from '../engine/host/open-engine.ts'
import { sleep } from '../engine/util/clock.ts'
import { ASIDE, type CommandContext } from './command.ts'
import { EXIT } from './exit-code.ts'
import { findFolders } from './find-folder.ts'
import { countsText, planLine } from './folder-text.ts'
import { printable } from './printable.ts'
import { stopSignal } from './stop-signal.ts'

/** How long connections may take. */
const GATHER_MS = 5_000
/** What the others have told is all there is when nothing new has come for so long. */
const QUIET_MS = 1_000
const LOOK_MS = 100
const PAGE_ITEMS = 500

export interface DryRunRequest {
  readonly folders: readonly string[]
  readonly listen: { readonly host: string; readonly port: number } | undefined
  readonly giveUpMs: number | undefined
}

/** Looks at the folders, hears what the devices that can be reached have, and says what would be done here. Nothing is. */
export async function dryRun(context: CommandContext, { folders: typed, listen, giveUpMs }: DryRunRequest): Promise<number> {
  const { io, output, discovery } = context
  const stop = stopSignal(io, EXIT.interrupted)
  const abort = new AbortController()
  void stop.asked.then(() => abort.abort())
  const engine = await context.openEngine('own-or-client', { ...ASIDE, discovery, syncFolders: 'look', ...(listen ? { listen } : {}) })
  try {
    let quietSinceMs = io.clock.monotonic()
    const startedMs = quietSinceMs
    const unlisten = engine.on('sync:changed', () => {
      quietSinceMs = io.clock.monotonic()
    })
    const folders = (await findFolders(engine, typed, io.cwd)).filter(({ state }) => typed.length > 0 || state.kind !== 'paused')
    await Promise.all(folders.filter(({ state }) => state.kind !== 'paused').map(({ id }) => engine.call('sync:scan', { folderId: id })))
    for (;;) {
      const nowMs = io.clock.monotonic()
      const all = await engine.call('sync:list', {})
      const gathered = all.every((folder) => !folders.some(({ id }) => id === folder.id) || folder.devices.every(({ state }) => state !== 'offline'))
      if (nowMs - quietSinceMs >= QUIET_MS && (gathered || nowMs - startedMs >= (giveUpMs ?? GATHER_MS))) break
      await sleep(io.clock, LOOK_MS, abort.signal)
    }
    unlisten()
    const now = await engine.call('sync:list', {})
    for (const { id } of folders) {
      const folder = now.find((one) => one.id === id)
      if (folder) await show(context, engine, folder)
    }
    if (folders.length === 0) output.say('No folder is shared here yet: holdfast sync add DIR --with DEVICE')
    return EXIT.ok
  } catch (error) {
    if (stop.wasAsked) return EXIT.interrupted
    throw error
  } finally {
    await engine.close()
    stop.release()
  }
}

async function show({ output }: CommandContext, engine: OpenedEngine, folder: SyncFolder): Promise<void> {
  const about = { folderId: folder.id, folder: folder.name }
  for (let offset = 0; ; ) {
    const page = await engine.call('sync:plan', { folderId: folder.id, offset, limit: PAGE_ITEMS })
    for (const item of page.items) {
      output.record('plan', { ...about, ...item })
      output.result(planLine(item))
    }
    offset += page.items.length
    if (page.items.length > 0 && offset < page.total) continue
    output.record('planned', { ...about, ...page.counts })
    output.say(`${printable(folder.name)}: ${countsText(page.counts)} here. Nothing was done.`)
    break
  }
  const absent = folder.devices.filter(({ state }) => state === 'offline').map(({ deviceName }) => printable(deviceName))
  if (absent.length > 0) output.say(`  Not connected: ${absent.join(', ')}. What they have is known from before.`)
}
