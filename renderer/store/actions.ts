import { HoldfastError, toErrorData } from '../../shared/errors.ts'
import type { AppArgs, AppCommandName, AppPage, AppReply } from '../../shared/ipc/app-contract.ts'
import type { DeviceId } from '../../shared/model/device.ts'
import { t } from '../text/messages.ts'
import { visibleText } from '../text/visible-text.ts'
import type { App } from './app.ts'
import { applyPairingClosed } from './apply.ts'
import type { FileFilter, Notice } from './state.ts'

let nextNotice = 1

/** Shows a short word; errors stay until closed, the rest goes by itself. */
export function notify(app: App, tone: Notice['tone'], text: string): void {
  const notice: Notice = { id: nextNotice++, tone, text }
  app.store.setState((state) => ({ notices: [...state.notices.slice(-3), notice] }))
  speak(app, text, tone === 'bad')
}

export function dismiss(app: App, id: number): void {
  app.store.setState((state) => ({ notices: state.notices.filter((notice) => notice.id !== id) }))
}

/** Says something to screen readers; the turn makes the same words twice be said twice. */
export function speak(app: App, text: string, urgent = false): void {
  app.store.setState((state) => ({ spoken: { text, urgent, turn: state.spoken.turn + 1 } }))
}

/** Calls the application; a failure is shown and becomes undefined, so that click handlers need not care. */
export async function attempt<C extends AppCommandName>(app: App, command: C, args: AppArgs<C>): Promise<AppReply<C> | undefined> {
  try {
    return await app.bridge.call(command, args)
  } catch (error) {
    notify(app, 'bad', visibleText(toErrorData(error).message))
    return undefined
  }
}

export function goTo(app: App, page: AppPage): void {
  app.store.setState(({ folders }) => ({ page, transferId: null, deviceId: null, folders: { ...folders, openId: null, copyPath: null } }))
}

export function openTransfer(app: App, transferId: string | null): void {
  app.store.setState({ page: 'transfers', transferId, fileFilter: 'all' })
}

export function openDevice(app: App, deviceId: DeviceId | null): void {
  app.store.setState({ page: 'devices', deviceId })
}

export function setSearch(app: App, search: string): void {
  app.store.setState({ search })
}

export function setFileFilter(app: App, fileFilter: FileFilter): void {
  app.store.setState({ fileFilter })
}

export function closePairing(app: App, pairingId: string): void {
  app.store.setState((state) => applyPairingClosed(state, pairingId))
}

/** Takes what was dropped or pasted; leads to the Send page. Must be called inside the event. */
export async function addDropped(app: App, data: DataTransfer): Promise<void> {
  app.store.setState({ page: 'send' })
  try {
    const sources = await app.bridge.addDropped(data)
    if (sources.length === 0) notify(app, 'info', t.drop.nothing)
    else speak(app, `${t.send.tray}: ${sources.map((source) => visibleText(source.name)).slice(0, 5).join(', ')}`)
  } catch (error) {
    notify(app, 'bad', visibleText(toErrorData(error).message))
  }
}

export async function addFiles(app: App, files: readonly File[]): Promise<void> {
  try {
    await app.bridge.addFiles(files)
  } catch (error) {
    notify(app, 'bad', visibleText(toErrorData(error).message))
  }
}

export function toggleTarget(app: App, deviceId: DeviceId): void {
  app.store.setState(({ draft }) => {
    const chosen = draft.deviceIds.includes(deviceId)
    return { draft: { ...draft, deviceIds: chosen ? draft.deviceIds.filter((id) => id !== deviceId) : [...draft.deviceIds, deviceId] } }
  })
}

/** Makes these the chosen devices, keeping the order in which they were chosen. */
export function setTargets(app: App, deviceIds: readonly DeviceId[]): void {
  app.store.setState(({ draft }) => ({ draft: { ...draft, deviceIds } }))
}

export function addAddress(app: App, address: { host: string; port: number }): void {
  app.store.setState(({ draft }) => {
    const same = draft.addresses.some((known) => known.host === address.host && known.port === address.port)
    return same ? {} : { draft: { ...draft, addresses: [...draft.addresses, address] } }
  })
}

export function removeAddress(app: App, address: { host: string; port: number }): void {
  app.store.setState(({ draft }) => ({ draft: { ...draft, addresses: draft.addresses.filter((known) => known !== address) } }))
}

/** Starts the sends of the tray. `firstUse`: the user agreed to trust the keys that unpaired addresses show. */
export async function startSend(app: App, firstUse: boolean): Promise<'started' | 'needs-trust' | 'failed'> {
  const { draft, sources } = app.store.getState()
  const sourceIds = sources.filter((source) => !source.error).map((source) => source.sourceId)
  if (draft.sending || sourceIds.length === 0) return 'failed'
  app.store.setState({ draft: { ...draft, sending: true } })
  try {
    const { transferIds } = await app.bridge.call('send:start', {
      sourceIds,
      targets: [
        ...draft.deviceIds.map((device) => ({ kind: 'device' as const, device })),
        ...draft.addresses.map(({ host, port }) => ({ kind: 'address' as const, host, port })),
      ],
      ...(firstUse ? { trust: { kind: 'first-use' as const } } : {}),
    })
    app.store.setState({ draft: { deviceIds: [], addresses: [], sending: false }, page: 'transfers', transferId: null })
    notify(app, 'good', t.send.started(transferIds.length))
    return 'started'
  } catch (error) {
    app.store.setState((state) => ({ draft: { ...state.draft, sending: false } }))
    if (error instanceof HoldfastError && error.code === 'TRUST_UNKNOWN_KEY' && !firstUse) return 'needs-trust'
    notify(app, 'bad', visibleText(toErrorData(error).message))
    return 'failed'
  }
}

/** Copies text; the clipboard of an insecure page is not there, and then that is said. */
export async function copyText(app: App, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    notify(app, 'good', t.common.copied)
  } catch (error) {
    notify(app, 'bad', visibleText(toErrorData(error).message))
  }
}
