import { HoldfastError, toErrorData, type ErrorData } from '../../shared/errors.ts'
import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { FolderId, SyncFolder } from '../../shared/model/folder.ts'
import type { OpenedEngine } from '../engine/host/open-engine.ts'
import { askFolder } from './ask-folder.ts'
import { sleep } from '../engine/util/clock.ts'
import { ASIDE, type CommandContext } from './command.ts'
import { EXIT } from './exit-code.ts'
import { findFolders } from './find-folder.ts'
import { recordActivity, recordFolder } from './folder-record.ts'
import { activityLine, folderDeviceText, folderStateText } from './folder-text.ts'
import { isComplete, judgeFolder, type FolderVerdict } from './folder-verdict.ts'
import { formatCount } from './format.ts'
import { allItems } from './pages.ts'
import { printable } from './printable.ts'
import { stopSignal } from './stop-signal.ts'

/** How long nobody may be reachable before that is the result. */
const ALONE_MS = 10_000
/** Who is not connected after this is not waited for when somebody else is. */
const GATHER_MS = 3_000
const LOOK_MS = 200
/** So that a device that waits for the same can find it out too. */
const LINGER_MS = 1_500
const MAX_PROBLEMS = 20

export interface FolderRunRequest {
  /** Names, ids or paths; none: all folders. */
  readonly folders: readonly string[]
  /** To a folder that asks; undefined: a person is asked, where there is one. */
  readonly answer: 'apply' | 'keep-mine' | undefined
  readonly listen: { readonly host: string; readonly port: number } | undefined
  /** Undefined: as long as somebody is connected. */
  readonly giveUpMs: number | undefined
}

interface Watched {
  latest: SyncFolder
  looked: boolean
  /** Why it can't be brought to an end. */
  error: ErrorData | undefined
  asked: string | undefined
  movedMs: number
  seen: string
}

/** One `sync run`: looks at the folders, connects, and waits until all is equal or nothing moves any more. */
export class FolderRun {
  readonly #context: CommandContext
  readonly #request: FolderRunRequest
  readonly #watched = new Map<FolderId, Watched>()
  #sinceMs = 0
  #startedMs = 0
  #settle: () => void = () => undefined
  #fail: (error: unknown) => void = () => undefined
  #confirming = false
  #look: () => void = () => undefined

  constructor(context: CommandContext, request: FolderRunRequest) {
    this.#context = context
    this.#request = request
  }

  async run(): Promise<number> {
    const { io, output, discovery } = this.#context
    const stop = stopSignal(io, EXIT.interrupted)
    let engine: OpenedEngine | undefined
    this.#startedMs = io.clock.monotonic()
    try {
      for (;;) {
        const own = { ...ASIDE, discovery, syncFolders: 'keep' as const, ...(this.#request.listen ? { listen: this.#request.listen } : {}) }
        engine = await this.#context.openEngine('own-or-client', own)
        const how = await this.#follow(engine, stop.asked)
        if (how === 'stopped') {
          output.say('Stopped. The same command again continues.')
          return EXIT.interrupted
        }
        if (how === 'settled') {
          const code = await this.#tell(engine)
          if (engine.own && code === EXIT.ok) await Promise.race([sleep(io.clock, LINGER_MS), stop.asked])
          return code
        }
        output.say('The running Holdfast has ended. Going on here.')
        await engine.close()
      }
    } finally {
      await engine?.close()
      stop.release()
    }
  }

  async #follow(engine: OpenedEngine, stopped: Promise<void>): Promise<'settled' | 'stopped' | 'engine-gone'> {
    const { io, output } = this.#context
    const settled = new Promise<'settled'>((resolve, reject) => {
      this.#settle = () => resolve('settled')
      this.#fail = reject
    })
    settled.catch(() => undefined)
    const gone = engine.closed.then(
      () => 'engine-gone' as const,
      (error: unknown) => {
        if (engine.own) throw error
        return 'engine-gone' as const
      },
    )
    gone.catch(() => undefined)
    this.#sinceMs = io.clock.now()
    const stops = [
      engine.on('sync:changed', (folder) => this.#changed(engine, folder)),
      engine.on('sync:removed', ({ folderId }) => this.#failed(folderId, new HoldfastError('SYNC_FOLDER_UNKNOWN', 'It is not shared here any more.'))),
      engine.on('sync:files', ({ folderId, items }) => {
        const watched = this.#watched.get(folderId)
        if (!watched) return
        watched.movedMs = io.clock.monotonic()
        for (const item of items) {
          recordActivity(output, watched.latest, item)
          if (item.kind !== 'told') output.say(activityLine(item))
        }
      }),
      engine.on('link:connected', ({ deviceId }) => this.#connected(deviceId)),
    ]
    this.#watched.clear()
    this.#look = () => this.#judge(engine)
    let ticks = (): void => undefined
    try {
      await this.#begin(engine)
      // Not before: while it is not known what is watched, all of it is over.
      ticks = this.#everyLook()
      return await Promise.race([settled, stopped.then(() => 'stopped' as const), gone])
    } catch (error) {
      if (!engine.own && toErrorData(error).code === 'ENGINE_NOT_RUNNING') return 'engine-gone'
      throw error
    } finally {
      ticks()
      for (const stop of stops) stop()
    }
  }

  async #begin(engine: EngineClient): Promise<void> {
    const { io } = this.#context
    const folders = await findFolders(engine as OpenedEngine, this.#request.folders, io.cwd)
    if (folders.length === 0) throw new HoldfastError('SYNC_FOLDER_UNKNOWN', 'No folder is shared here yet: holdfast sync add DIR --with DEVICE')
    for (const folder of folders) {
      const watched: Watched = { latest: folder, looked: false, error: undefined, asked: undefined, movedMs: io.clock.monotonic(), seen: '' }
      this.#watched.set(folder.id, watched)
      if (folder.state.kind === 'paused') {
        // All of them means: all that are to be kept in sync.
        if (this.#request.folders.length === 0) this.#watched.delete(folder.id)
        else watched.error = { code: 'SYNC_ASKING', message: 'It is paused: holdfast sync resume' }
        continue
      }
      void engine.call('sync:scan', { folderId: folder.id }).then(
        (scanned) => {
          watched.looked = true
          this.#changed(engine, scanned)
        },
        (error: unknown) => {
          if (toErrorData(error).code !== 'ENGINE_NOT_RUNNING') this.#failed(folder.id, error)
        },
      )
    }
    this.#judge(engine)
  }

  #connected(deviceId: string): void {
    const { output } = this.#context
    const names = [...this.#watched.values()].flatMap(({ latest }) => latest.devices.filter((device) => device.deviceId === deviceId))
    output.event('connected', { deviceId })
    if (names[0]) output.say(`Connected to ${printable(names[0].deviceName)}`)
  }

  #changed(engine: EngineClient, folder: SyncFolder): void {
    const watched = this.#watched.get(folder.id)
    if (!watched) return
    watched.latest = folder
    recordFolder(this.#context.output, folder)
    const seen = JSON.stringify([folder.state, folder.devices.map(({ state, toGet, toSend }) => [state, toGet, toSend])])
    if (seen !== watched.seen) watched.movedMs = this.#context.io.clock.monotonic()
    watched.seen = seen
    this.#judge(engine)
  }

  #failed(folderId: FolderId, error: unknown): void {
    const watched = this.#watched.get(folderId)
    if (!watched) return
    watched.error ??= toErrorData(error)
    this.#look()
  }

  #judge(engine: EngineClient): void {
    const watched = [...this.#watched.values()]
    for (const one of watched) if (one.looked && !one.error) this.#act(engine, one)
    if (watched.every((one) => this.#isOver(one))) void this.#confirm(engine)
  }

  /** Over is what is so now: what was heard last may be a moment old, and everything may just be looked at once more. */
  async #confirm(engine: EngineClient): Promise<void> {
    if (this.#confirming) return
    this.#confirming = true
    // Of this engine: the next one's end is another matter.
    const [settle, fail] = [this.#settle, this.#fail]
    try {
      for (const folder of await engine.call('sync:list', {})) {
        const watched = this.#watched.get(folder.id)
        if (watched) watched.latest = folder
      }
      if ([...this.#watched.values()].every((one) => this.#isOver(one))) settle()
    } catch (error) {
      fail(error)
    } finally {
      this.#confirming = false
    }
  }

  #act(engine: EngineClient, watched: Watched): void {
    const { state } = watched.latest
    if (state.kind === 'asking') void this.#answer(engine, watched, state.token)
    else if (state.kind === 'missing' || state.kind === 'waiting') watched.error = state.error
    else if (state.kind === 'paused') watched.error = { code: 'SYNC_ASKING', message: 'It was paused.' }
  }

  /** Once for each plan that asks. */
  async #answer(engine: EngineClient, watched: Watched, token: string): Promise<void> {
    if (watched.asked === token) return
    watched.asked = token
    try {
      const { id } = watched.latest
      const answer = this.#request.answer ?? (await askFolder(this.#context, engine, watched.latest))
      if (answer === undefined) throw new HoldfastError('SYNC_ASKING', 'It would take much away here, and asks first. --dry-run shows what, --yes does it, --keep-mine keeps what is here.')
      await engine.call('sync:answer', { folderId: id, token, answer }).catch((error: unknown) => {
        if (toErrorData(error).code !== 'SYNC_ASKING') throw error
        // What would be done has changed meanwhile: it is about to ask for that.
        watched.asked = undefined
      })
    } catch (error) {
      this.#failed(watched.latest.id, error)
    }
  }

  #verdict(watched: Watched): FolderVerdict {
    return watched.looked ? judgeFolder(watched.latest, this.#sinceMs) : 'busy'
  }

  #isOver(watched: Watched): boolean {
    if (watched.error) return true
    const nowMs = this.#context.io.clock.monotonic()
    const verdict = this.#verdict(watched)
    if (verdict === 'equal') return isComplete(watched.latest) || nowMs - this.#startedMs >= GATHER_MS
    if (!watched.looked || verdict === 'asking') return false
    const { giveUpMs } = this.#request
    const limitMs = verdict === 'alone' ? (giveUpMs ?? ALONE_MS) : giveUpMs
    return limitMs !== undefined && nowMs - watched.movedMs >= limitMs
  }

  /** What came of it. */
  async #tell(engine: EngineClient): Promise<number> {
    const { output } = this.#context
    let exitCode: number = EXIT.ok
    for (const watched of this.#watched.values()) {
      const folder = watched.latest
      const equal = !watched.error && this.#verdict(watched) === 'equal'
      const { code, message } = watched.error ?? openError(folder)
      const problems = await this.#problems(engine, folder)
      const done = equal && problems === 0
      if (!done) exitCode = EXIT.incomplete
      const { id, name, conflicts, changedHere, content } = folder
      output.record('done', { folderId: id, folder: name, equal, problems, conflicts, changedHere, ...content, ...(equal ? {} : { code, message }) })
      if (!equal) output.event('error', { code, message })
      output.say(`${printable(name)}: ${equal ? 'the same on every device that can be reached' : printable(message)}`)
      if (!equal && !watched.error) for (const device of folder.devices) output.say(`  ${folderDeviceText(device)}`)
      if (conflicts > 0) output.say(`  ${formatCount(conflicts, 'conflict')} to decide: holdfast sync conflicts${this.#context.homeHint}`)
    }
    return exitCode
  }

  async #problems(engine: EngineClient, folder: SyncFolder): Promise<number> {
    const { output } = this.#context
    let count = 0
    const list = allItems((page) => engine.call('sync:problems', { ...page, folderId: folder.id }))
    try {
      for await (const { path, error } of list) {
        count += 1
        output.event('failed', { path, code: error.code, message: error.message })
        if (count <= MAX_PROBLEMS) output.say(`  ${printable(path)}: ${printable(error.message)}`)
      }
    } catch (error) {
      if (toErrorData(error).code !== 'SYNC_FOLDER_UNKNOWN') throw error
    }
    if (count > MAX_PROBLEMS) output.say(`  and ${count - MAX_PROBLEMS} more`)
    return count
  }

  #everyLook(): () => void {
    const { clock } = this.#context.io
    let cancel = () => {}
    const next = () => {
      cancel = clock.after(LOOK_MS, () => {
        this.#look()
        next()
      })
    }
    next()
    return () => cancel()
  }
}

/** Why a folder that nothing is wrong with is not the same everywhere. */
function openError(folder: SyncFolder): ErrorData {
  const connected = folder.devices.some(({ state }) => state === 'connected')
  const waitsFor = folder.devices.filter(({ state }) => state === 'invited')
  if (!connected && waitsFor.length > 0 && waitsFor.length === folder.devices.filter(({ state }) => state !== 'refused').length) {
    return { code: 'NET_UNREACHABLE', message: 'Nobody has accepted it yet: holdfast sync accept, on the other device.' }
  }
  if (!connected) return { code: 'NET_UNREACHABLE', message: 'None of its devices could be reached. Is Holdfast running there?' }
  return { code: 'NET_TIMEOUT', message: `Not the same yet, and nothing has moved for a while: ${folderStateText(folder.state)}. The same command again continues.` }
}
