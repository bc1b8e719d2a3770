import { describe, expect, test } from 'vitest'
import type { Bridge, ConnectionState } from '../../../renderer/bridge.ts'
import { attempt, startSend } from '../../../renderer/store/actions.ts'
import { createApp, type App } from '../../../renderer/store/app.ts'
import { loadFiles, loadReceived } from '../../../renderer/store/load.ts'
import { itemAt } from '../../../renderer/store/paged.ts'
import { startSync } from '../../../renderer/store/sync.ts'
import { HoldfastError } from '../../../shared/errors.ts'
import type { AppEventName, AppEvents } from '../../../shared/ipc/app-contract.ts'
import { demoTransferId } from '../../support/demo-data.ts'
import type { DemoEngine } from '../../support/demo-engine.ts'
import { busyScene } from '../../support/demo-scenes.ts'

interface Connected {
  readonly app: App
  readonly engine: DemoEngine
  connection(state: ConnectionState): void
  stop(): void
}

/** The store connected to a demo engine without any transport. */
function connect(engine: DemoEngine): Connected {
  const connectionListeners = new Set<(state: ConnectionState) => void>()
  const bridge: Bridge = {
    call: (command, args) => engine.call(command, args),
    on: (event, listener) =>
      engine.subscribe((name: AppEventName, payload: AppEvents[AppEventName]) => {
        if (name === event) (listener as (payload: unknown) => void)(payload)
      }),
    addDropped: () => Promise.resolve([]),
    addFiles: () => Promise.resolve([]),
    onConnection(listener) {
      connectionListeners.add(listener)
      return () => connectionListeners.delete(listener)
    },
    reconnectNow() {},
  }
  const app = createApp(bridge)
  const stop = startSync(app)
  return { app, engine, stop, connection: (state) => connectionListeners.forEach((listener) => listener(state)) }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function online(engine = busyScene()): Promise<Connected> {
  const connected = connect(engine)
  connected.connection({ kind: 'online' })
  await settled()
  return connected
}

describe('the store', () => {
  test('reads the truth when the connection comes up, and again after every reconnect', async () => {
    const { app, engine, connection, stop } = await online()
    expect(app.store.getState().loaded).toBe(true)
    expect(Object.values(app.store.getState().transfers).length).toBe(7)
    connection({ kind: 'offline', attempt: 1, retryAtMs: 0 })
    engine.transfers.delete(demoTransferId(4))
    engine.devices.clear()
    connection({ kind: 'online' })
    await settled()
    const state = app.store.getState()
    expect(state.connection.kind).toBe('online')
    expect(state.transfers[demoTransferId(4)]).toBeUndefined()
    expect(state.devices).toEqual({})
    stop()
  })

  test('follows events and says what matters', async () => {
    const { app, engine, stop } = await online()
    engine.setState(demoTransferId(2), { kind: 'finished', complete: true })
    expect(app.store.getState().transfers[demoTransferId(2)]?.state.kind).toBe('finished')
    expect(app.store.getState().spoken.text).toBe('backup-2024.tar.zst is complete, from Attic NAS.')
    stop()
    engine.setState(demoTransferId(1), { kind: 'finished', complete: true })
    expect(app.store.getState().transfers[demoTransferId(1)]?.state.kind).toBe('active')
  })

  test('a truth that cannot be read is said, not thrown', async () => {
    const engine = busyScene()
    engine.failNext.set('device:list', new HoldfastError('JOURNAL_CORRUPT', 'The journal cannot be read.'))
    const { app, stop } = await online(engine)
    expect(app.store.getState()).toMatchObject({ loaded: false, loadError: { code: 'JOURNAL_CORRUPT' } })
    stop()
  })

  test('a failed action becomes a notice with hidden characters shown', async () => {
    const { app, engine, stop } = await online()
    engine.failNext.set('transfer:pause', new HoldfastError('TRANSFER_UNKNOWN', 'No \u202Esuch transfer.'))
    expect(await attempt(app, 'transfer:pause', { transferId: demoTransferId(1) })).toBeUndefined()
    expect(app.store.getState().notices.at(-1)).toMatchObject({ tone: 'bad', text: 'No [U+202E]such transfer.' })
    stop()
  })

  test('a send leaves out what cannot be sent, and empties the tray', async () => {
    const { app, engine, stop } = await online()
    const [target] = engine.devices.keys()
    app.store.setState({ draft: { deviceIds: [target ?? ''], addresses: [], sending: false } })
    expect(await startSend(app, false)).toBe('started')
    const sent = engine.calls.find((call) => call.command === 'send:start')
    expect(sent?.args).toEqual({ sourceIds: ['s1', 's2', 's3', 's4', 's5'], targets: [{ kind: 'device', device: target }] })
    expect(app.store.getState()).toMatchObject({ page: 'transfers', draft: { deviceIds: [], sending: false } })
    stop()
  })

  test('an address nobody compared keys with asks first', async () => {
    const { app, engine, stop } = await online()
    app.store.setState({ draft: { deviceIds: [], addresses: [{ host: '10.0.0.9', port: 4680 }], sending: false } })
    expect(await startSend(app, false)).toBe('needs-trust')
    expect(app.store.getState().draft.addresses).toHaveLength(1)
    expect(await startSend(app, true)).toBe('started')
    expect(engine.calls.at(-1)?.args).toMatchObject({ trust: { kind: 'first-use' } })
    stop()
  })

  test('a reply for files no longer looked at is dropped', async () => {
    const { app, stop } = await online()
    loadFiles(app, demoTransferId(1), 'all', [0, 900])
    loadFiles(app, demoTransferId(1), 'failed', [0])
    await settled()
    const { files } = app.store.getState()
    expect(files.key).toBe(`${demoTransferId(1)} failed`)
    expect(itemAt(files, 0)?.state).toBe('failed')
    expect(files.total).toBe(130)
    stop()
  })

  test('a search keeps the old rows until the new ones are there, and a late reply is dropped', async () => {
    const { app, stop } = await online()
    loadReceived(app, '', [0])
    await settled()
    expect(app.store.getState().received.total).toBe(2400)
    app.store.setState({ search: 'contract' })
    loadReceived(app, 'contract', [0])
    app.store.setState({ search: 'notes' })
    loadReceived(app, 'notes', [0])
    await settled()
    expect(app.store.getState().received).toMatchObject({ key: 'notes' })
    expect(itemAt(app.store.getState().received, 0)?.name).toBe('notes.md')
    stop()
  })
})
