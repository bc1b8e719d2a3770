import { toErrorData } from '../../shared/errors.ts'
import type { Transfer } from '../../shared/model/transfer.ts'
import { t } from '../text/messages.ts'
import { visibleText } from '../text/visible-text.ts'
import { speak } from './actions.ts'
import { announcementOf } from './announce.ts'
import type { App } from './app.ts'
import * as apply from './apply.ts'
import { LatestTransfers } from './latest-transfers.ts'
import { applyFolders } from './folder-apply.ts'
import { listenToFolders } from './folder-listen.ts'
import { outdated } from './paged.ts'
import { listenToProblems } from './say-problem.ts'
import type { State } from './state.ts'
import { keepSameSources } from './same-sources.ts'
import { sampled } from './throughput.ts'

async function allLive(app: App): Promise<readonly Transfer[]> {
  const all: Transfer[] = []
  for (;;) {
    const page = await app.bridge.call('transfer:list', { offset: all.length, limit: 500, ended: false })
    all.push(...page.items)
    if (page.items.length === 0 || all.length >= page.total) return all
  }
}

const byId = <T extends { readonly id: string }>(items: readonly T[]): Readonly<Record<string, T>> =>
  Object.fromEntries(items.map((item) => [item.id, item]))

/** Reads everything afresh, whatever was known: after a start, a reload and every reconnect. */
export async function readTruth(app: App): Promise<void> {
  const { call } = app.bridge
  try {
    const [info, status, settings, devices, pairings, sources, requests, folders, offers, transfers] = await Promise.all([
      call('app:info', {}),
      call('engine:status', {}),
      call('settings:get', {}),
      call('device:list', {}),
      call('pairing:list', {}),
      call('source:list', {}),
      call('request:list', {}),
      call('sync:list', {}),
      call('sync:offers', {}),
      allLive(app),
    ])
    app.store.setState((state) => ({
      loaded: true,
      loadError: null,
      info,
      status,
      settings,
      devices: byId(devices),
      pairings: byId(pairings),
      sources,
      requests: byId(requests),
      folders: applyFolders(state.folders, folders, offers),
      transfers: byId(transfers),
      history: outdated(state.history),
      received: outdated(state.received),
      files: outdated(state.files),
    }))
  } catch (error) {
    app.store.setState({ loadError: toErrorData(error) })
  }
}

function showTransfers(app: App, transfers: readonly Transfer[]): void {
  for (const transfer of transfers) {
    const said = announcementOf(app.store.getState().transfers[transfer.id], transfer)
    if (said) speak(app, said.text, said.urgent)
  }
  app.store.setState((state) => transfers.reduce<State>((next, transfer) => ({ ...next, ...apply.applyTransfer(next, transfer) }), state))
}

function listen(app: App): () => void {
  const { store, bridge } = app
  const latest = new LatestTransfers((transfers) => showTransfers(app, transfers))
  const stops = [
    bridge.on('engine:status-changed', (status) => store.setState({ status })),
    listenToProblems(app),
    bridge.on('settings:changed', (settings) => store.setState({ settings })),
    bridge.on('source:changed', ({ sources }) => store.setState((state) => ({ sources: keepSameSources(state.sources, sources) }))),
    bridge.on('device:changed', (device) => store.setState((state) => apply.applyDevice(state, device))),
    bridge.on('device:removed', ({ deviceId }) => store.setState((state) => apply.applyDeviceRemoved(state, deviceId))),
    bridge.on('pairing:changed', (pairing) => store.setState((state) => apply.applyPairing(state, pairing))),
    () => latest.stop(),
    bridge.on('transfer:changed', (transfer) => latest.put(transfer, store.getState().transfers[transfer.id])),
    bridge.on('transfer:removed', ({ transferId }) => {
      latest.forget(transferId)
      store.setState((state) => apply.applyTransferRemoved(state, transferId))
    }),
    bridge.on('request:changed', (request) => {
      const known = request.id in store.getState().requests
      store.setState((state) => apply.applyRequest(state, request))
      if (known) return
      const words = request.kind === 'transfer' ? t.requests.arrived : t.requests.conflictArrived
      speak(app, words(visibleText(request.deviceName)), true)
    }),
    bridge.on('request:removed', ({ requestId }) => store.setState((state) => apply.applyRequestRemoved(state, requestId))),
    bridge.on('received:changed', ({ total, file }) => store.setState((state) => apply.applyReceived(state, total, file))),
    listenToFolders(app),
    bridge.on('app:navigate', ({ page, transferId, deviceId }) =>
      store.setState({ page, transferId: transferId ?? null, deviceId: deviceId ?? null }),
    ),
  ]
  return () => stops.forEach((stop) => stop())
}

/** Connects the store with the application until the returned function is called. */
export function startSync(app: App): () => void {
  const stopListening = listen(app)
  const stopConnection = app.bridge.onConnection((connection) => {
    app.store.setState({ connection })
    if (connection.kind === 'online') void readTruth(app)
  })
  const timer = setInterval(() => {
    const { transfers, throughput } = app.store.getState()
    const next = sampled(throughput, Object.values(transfers))
    if (Object.keys(next).length > 0 || Object.keys(throughput).length > 0) app.store.setState({ throughput: next })
  }, 1000)
  return () => {
    clearInterval(timer)
    stopConnection()
    stopListening()
  }
}
