import { stat } from 'node:fs/promises'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppArgs, AppEventName, AppEvents, AppHandlers, AppReply, PassedCommandName, PlainChange, Source } from '../../shared/ipc/app-contract.ts'
import type { CommandArgs, CommandReply, EngineClient, EventName, Events } from '../../shared/ipc/contract.ts'
import type { DevicePolicy } from '../../shared/model/device.ts'
import type { Settings } from '../../shared/model/settings.ts'
import type { TransferId } from '../../shared/model/transfer.ts'
import { systemClock, type Clock } from '../engine/util/clock.ts'
import { systemRandom, type Random } from '../engine/util/random.ts'
import { FolderIds } from './folder-ids.ts'
import { Outbox } from './outbox.ts'
import { OwnSources } from './own-sources.ts'
import type { PlatformPorts } from './ports.ts'
import { quitInfo } from './quit-info.ts'
import { cannotOpen, Received } from './received.ts'
import { sharedFolders } from './shared-folders.ts'
import { SourceTray } from './source-tray.ts'
import { startStatusFeed } from './status-feed.ts'
import { Uploads } from './uploads.ts'

export interface ApplicationOptions {
  readonly engine: EngineClient
  readonly platform: PlatformPorts
  /** Absolute; the engine's. What waits to be sent and is no file of the user's is kept in it. */
  readonly home: string
  readonly clock?: Clock
  readonly random?: Random
}

export type AppListener = <E extends AppEventName>(event: E, payload: AppEvents[E]) => void

/** The application behind a window or a page: the same whichever bridge leads to it. */
export interface Application {
  /** Arguments have been checked: `answerCall` does. */
  readonly handlers: AppHandlers
  /** Every event of the contract. */
  subscribe(listener: AppListener): () => void
  /** Leads the user to a page. */
  navigate(to: AppEvents['app:navigate']): void
  /** For the platform alone, never for a window: dropped files, the command line, the dock. */
  addPaths(paths: readonly string[]): Promise<readonly Source[]>
  /** A picture that was pasted and is no file. Throws USAGE_INVALID when it is none. */
  addPicture(bytes: Uint8Array): Promise<Source>
  /** One file of an announced upload, as `Uploads.write` says. */
  upload(sourceId: string, path: string, body: AsyncIterable<Uint8Array>, mtimeMs?: number): Promise<void>
  /** One small file of an announced upload, whole, as `Uploads.writeSmall` says. */
  uploadSmall(sourceId: string, path: string, bytes: Uint8Array, mtimeMs?: number): Promise<void>
  /** One small file that stands for itself, as `Uploads.addLoose` says. */
  uploadLoose(name: string, bytes: Uint8Array, mtimeMs?: number): Promise<Source>
  /** Lets go of the engine, which stays open. */
  close(): void
}

type PassedEventName = Exclude<EventName, 'transfer:files' | 'transfer:left-out' | 'sync:files'>

/** Every event a window gets of the engine; a compile error here means one is missing. */
const PASSED_EVENTS = Object.keys({
  'engine:listening': true,
  'engine:problem': true,
  'settings:changed': true,
  'device:changed': true,
  'device:removed': true,
  'pairing:changed': true,
  'transfer:changed': true,
  'transfer:removed': true,
  'link:connected': true,
  'link:retry': true,
  'request:changed': true,
  'request:removed': true,
  'received:changed': true,
  'sync:changed': true,
  'sync:removed': true,
  'sync:offered': true,
  'sync:offer-removed': true,
} satisfies Record<PassedEventName, true>) as PassedEventName[]

export function createApplication({ engine, platform, home, clock = systemClock, random = systemRandom }: ApplicationOptions): Application {
  const listeners = new Set<AppListener>()
  const emit: AppListener = (event, payload) => {
    for (const listener of [...listeners]) listener(event, payload)
  }
  const outbox = new Outbox(home, random)
  const tray = new SourceTray({
    clock,
    random,
    changed: (sources) => emit('source:changed', { sources }),
    discarded: (outboxId) => void outbox.remove(outboxId).catch(() => undefined),
  })
  const uploads = new Uploads(outbox, tray)
  const own = new OwnSources(outbox, tray, clock)
  const folders = new FolderIds(random)
  const received = new Received(engine, platform)

  const needsSources = async (transferId: TransferId): Promise<boolean> => {
    try {
      return mayReadAgain((await engine.call('transfer:get', { transferId })).state)
    } catch (error) {
      return !(error instanceof HoldfastError && error.code === 'TRANSFER_UNKNOWN')
    }
  }
  void outbox.restore(clock.now(), needsSources).catch(() => undefined)

  const stops = [
    ...PASSED_EVENTS.map((event) => engine.on(event, (payload: Events[typeof event]) => emit(event as never, payload as never))),
    engine.on('transfer:changed', ({ id, state }) => {
      if (!mayReadAgain(state)) void outbox.release(id).catch(() => undefined)
    }),
    engine.on('transfer:removed', ({ transferId }) => void outbox.release(transferId).catch(() => undefined)),
    startStatusFeed(engine, clock, (status) => emit('engine:status-changed', status)),
  ]

  const policyOf = async ({ deviceId, policy }: AppArgs<'device:set-policy'>): Promise<DevicePolicy> => {
    const { folderId, ...rest } = policy
    if (folderId === null) return rest
    if (folderId !== undefined) return { ...rest, folder: folders.pathOf(folderId) }
    const device = (await engine.call('device:list', {})).find(({ id }) => id === deviceId)
    return device?.policy.folder === undefined ? rest : { ...rest, folder: device.policy.folder }
  }

  const plainOf = async ({ folderId, ...rest }: PlainChange): Promise<Settings['plain']> => {
    if (folderId === null) return rest
    const folder = folderId === undefined ? (await engine.call('settings:get', {})).plain.folder : folders.pathOf(folderId)
    return folder === undefined ? rest : { ...rest, folder }
  }

  const send = async ({ sourceIds, targets, trust }: AppArgs<'send:start'>): Promise<AppReply<'send:start'>> => {
    const entries = await tray.sendable(sourceIds)
    if (entries.length === 0) throw new HoldfastError('PATH_NOT_FOUND', 'Nothing of this can be read any more, so nothing was sent.')
    if (!trust) await mustKnow(engine, targets)
    const paths = entries.map((entry) => entry.path)
    const reply = await engine.call('transfer:send', { paths, targets, ...(trust ? { trust } : {}) })
    for (const { outboxId } of entries) if (outboxId !== undefined) await outbox.claim(outboxId, reply.transferIds)
    tray.sent(entries.map((entry) => entry.source.sourceId))
    return reply
  }

  /** Opening a folder shows it; opening a file might run it, so it must be a folder. */
  const showFolder = async (transferId: TransferId): Promise<null> => {
    if (!platform.openPath) throw cannotOpen()
    const { folder } = await engine.call('transfer:get', { transferId })
    const found = await stat(folder).catch(() => undefined)
    if (!found?.isDirectory()) throw new HoldfastError('FOLDER_MISSING', `The folder ${JSON.stringify(folder)} is not there.`)
    await platform.openPath(folder)
    return null
  }

  const handlers: AppHandlers = {
    ...passed(engine),
    'app:info': () => platform.info,
    'app:quit-info': () => quitInfo(engine),
    'settings:set': async ({ receiveFolderId, plain, ...rest }) =>
      engine.call('settings:set', {
        ...rest,
        ...(receiveFolderId === undefined ? {} : { receiveFolder: folders.pathOf(receiveFolderId) }),
        ...(plain === undefined ? {} : { plain: await plainOf(plain) }),
      }),
    'device:set-policy': async (args) => {
      await engine.call('device:set-policy', { deviceId: args.deviceId, policy: await policyOf(args) })
      return null
    },
    'request:accept': ({ folderId, ...rest }) =>
      engine.call('request:accept', { ...rest, ...(folderId === undefined ? {} : { folder: folders.pathOf(folderId) }) }),
    'folder:choose': async ({ typed }) => {
      if (!platform.chooseFolder && typed === undefined) throw new HoldfastError('USAGE_INVALID', 'Type the path of a folder.')
      const path = platform.chooseFolder ? await platform.chooseFolder() : typed
      return path === null || path === undefined ? null : await folders.add(path)
    },
    'source:choose': async ({ kind }) => {
      if (!platform.chooseSources) throw new HoldfastError('USAGE_INVALID', 'There is no chooser here: drop files on the page.')
      return await tray.addPaths(await platform.chooseSources(kind))
    },
    'source:list': () => tray.list(),
    'source:remove': ({ sourceId }) => {
      tray.remove(sourceId)
      return null
    },
    'source:clear': () => {
      tray.clear()
      return null
    },
    'source:add-text': ({ text }) => own.addText(text),
    'source:add-clipboard-image': async () => {
      if (!platform.clipboardImage) throw new HoldfastError('USAGE_INVALID', 'The clipboard cannot be read here: paste the picture instead.')
      const png = await platform.clipboardImage()
      return png ? await own.addPicture(png) : null
    },
    'source:begin-upload': (args) => {
      if (platform.info.kind !== 'page') throw new HoldfastError('USAGE_INVALID', 'Only a page uploads what is dropped on it.')
      return uploads.begin(args)
    },
    'source:finish-upload': ({ sourceId, leftOut }) => uploads.finish(sourceId, leftOut),
    'send:start': send,
    'transfer:show': ({ transferId }) => showFolder(transferId),
    'received:list': (args) => received.list(args),
    'received:open': ({ id }) => received.open(id),
    'received:show': ({ id }) => received.show(id),
    'received:text': ({ id }) => received.text(id),
    ...sharedFolders(engine, platform, folders),
  }

  return {
    handlers,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    navigate: (to) => emit('app:navigate', to),
    addPaths: (paths) => tray.addPaths(paths),
    addPicture: (bytes) => own.addPicture(bytes),
    upload: (sourceId, path, body, mtimeMs) => uploads.write(sourceId, path, body, mtimeMs),
    uploadSmall: (sourceId, path, bytes, mtimeMs) => uploads.writeSmall(sourceId, path, bytes, mtimeMs),
    uploadLoose: (name, bytes, mtimeMs) => uploads.addLoose(name, bytes, mtimeMs),
    close() {
      for (const stop of stops) stop()
      tray.close()
      listeners.clear()
    },
  }
}

/** An address that nobody known has: the user decides before anything is tried. Throws TRUST_UNKNOWN_KEY. */
async function mustKnow(engine: EngineClient, targets: AppArgs<'send:start'>['targets']): Promise<void> {
  const typed = targets.filter((target) => target.kind === 'address')
  if (typed.length === 0) return
  const known = (await engine.call('device:list', {})).filter(({ trust }) => trust !== 'seen').flatMap(({ addresses }) => addresses)
  for (const { host, port } of typed) {
    if (known.some((address) => address.host === host && address.port === port)) continue
    throw new HoldfastError('TRUST_UNKNOWN_KEY', 'Nobody has compared keys with that address yet. Pair with it first, or trust the key it shows.')
  }
}

/** A finished or cancelled send is over for good; a failed, refused or incomplete one can be tried again. */
function mayReadAgain(state: { readonly kind: string; readonly complete?: boolean }): boolean {
  if (state.kind === 'cancelled') return false
  return !(state.kind === 'finished' && state.complete === true)
}

const PASSED_COMMANDS = Object.keys({
  'engine:status': true,
  'settings:get': true,
  'device:list': true,
  'device:rename': true,
  'device:forget': true,
  'pairing:start': true,
  'pairing:answer': true,
  'pairing:list': true,
  'transfer:list': true,
  'transfer:get': true,
  'transfer:files': true,
  'transfer:pause': true,
  'transfer:resume': true,
  'transfer:cancel': true,
  'transfer:retry': true,
  'transfer:skip-file': true,
  'transfer:move': true,
  'request:list': true,
  'request:refuse': true,
  'sync:list': true,
  'sync:offers': true,
  'sync:refuse': true,
  'sync:share': true,
  'sync:unshare': true,
  'sync:set': true,
  'sync:remove': true,
  'sync:scan': true,
  'sync:plan': true,
  'sync:answer': true,
  'sync:problems': true,
  'sync:activity': true,
  'sync:conflicts': true,
  'sync:preview': true,
  'sync:resolve': true,
  'sync:trash': true,
  'sync:restore': true,
  'sync:empty-trash': true,
  'sync:ignore-get': true,
  'sync:ignore-set': true,
} satisfies Record<PassedCommandName, true>) as PassedCommandName[]

function passed(engine: EngineClient): Pick<AppHandlers, PassedCommandName> {
  const entries = PASSED_COMMANDS.map((command) => [
    command,
    (args: CommandArgs<typeof command>): Promise<CommandReply<typeof command>> => engine.call(command, args),
  ])
  return Object.fromEntries(entries) as Pick<AppHandlers, PassedCommandName>
}
