import { HoldfastError } from '../../shared/errors.ts'
import type {
  CommandArgs,
  CommandName,
  CommandReply,
  EngineClient,
  EngineStatus,
  EventName,
  Events,
  Page,
} from '../../shared/ipc/contract.ts'
import type { Device, DeviceId, Pairing } from '../../shared/model/device.ts'
import type { Transfer, TransferFile } from '../../shared/model/transfer.ts'
import { Emitter } from '../../electron/engine/util/emitter.ts'

export const DEVICE_A: DeviceId = Array.from({ length: 13 }, () => 'AAAA').join('-')
export const DEVICE_B: DeviceId = [...Array.from({ length: 12 }, () => 'BBBB'), 'BBBA'].join('-')

type Handlers = { [C in CommandName]?: (args: CommandArgs<C>) => CommandReply<C> | Promise<CommandReply<C>> }

/** An engine that answers what a test tells it to and announces what a test emits. */
export class FakeEngine implements EngineClient {
  readonly calls: { command: CommandName; args: unknown }[] = []
  readonly handlers: Handlers = {}
  readonly closed: Promise<void>
  closeCount = 0
  #events = new Emitter<Events>()
  #heard = new Map<EventName, number>()
  #end: () => void = () => undefined
  #break: (error: unknown) => void = () => undefined

  constructor(handlers: Handlers = {}) {
    this.handlers = { 'engine:status': () => fakeStatus(), ...handlers }
    this.closed = new Promise((resolve, reject) => {
      this.#end = resolve
      this.#break = reject
    })
    this.closed.catch(() => undefined)
  }

  async call<C extends CommandName>(command: C, args: CommandArgs<C>): Promise<CommandReply<C>> {
    this.calls.push({ command, args })
    const handler = this.handlers[command] as ((args: CommandArgs<C>) => CommandReply<C> | Promise<CommandReply<C>>) | undefined
    if (!handler) throw new HoldfastError('ENGINE_INTERNAL', `the fake engine has no ${command}`)
    return await handler(args)
  }

  on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
    this.#heard.set(event, this.listenersOf(event) + 1)
    const stop = this.#events.on(event, listener)
    return () => {
      stop()
      this.#heard.set(event, this.listenersOf(event) - 1)
    }
  }

  emit<E extends EventName>(event: E, payload: Events[E]): void {
    this.#events.emit(event, payload)
  }

  listenersOf(event: EventName): number {
    return this.#heard.get(event) ?? 0
  }

  called(command: CommandName): unknown[] {
    return this.calls.filter((call) => call.command === command).map((call) => call.args)
  }

  async close(): Promise<void> {
    this.closeCount += 1
    this.#end()
  }

  break(error: HoldfastError): void {
    this.#break(error)
  }
}

export function fakeStatus(over: Partial<EngineStatus> = {}): EngineStatus {
  return {
    deviceId: DEVICE_A,
    name: 'here',
    version: '0.1.0',
    home: '/home/fake',
    pid: 1,
    listening: { host: '::', port: 4680 },
    receiveFolder: '/downloads',
    freeBytes: 1_000_000,
    activeTransfers: 0,
    waitingTransfers: 0,
    requests: 0,
    problems: [],
    ...over,
  }
}

export function fakeTransfer(over: Partial<Transfer> = {}): Transfer {
  return {
    id: 't1'.padEnd(32, '0'),
    direction: 'send',
    deviceId: DEVICE_B,
    deviceName: 'there',
    state: { kind: 'active' },
    roots: ['a.txt'],
    folder: '/from',
    bytes: 0,
    totalBytes: 100,
    files: 0,
    totalFiles: 1,
    bytesPerSecond: 0,
    counters: { retries: 0, duplicates: 0, resentBlocks: 0, resumedBytes: 0, skipped: 0, failed: 0 },
    order: 1,
    createdAtMs: 0,
    activeMs: 1500,
    ...over,
  }
}

export function fakeDevice(over: Partial<Device> = {}): Device {
  return {
    id: DEVICE_B,
    name: 'there',
    trust: 'paired',
    policy: { accept: 'ask' },
    addresses: [],
    nearby: false,
    link: { kind: 'idle' },
    ...over,
  }
}

export function fakePairing(over: Partial<Pairing> = {}): Pairing {
  return {
    id: 'p1',
    role: 'initiator',
    deviceId: DEVICE_B,
    deviceName: 'there',
    state: { kind: 'compare', code: '042137' },
    ...over,
  }
}

export function fakeFile(over: Partial<TransferFile> = {}): TransferFile {
  return { index: 0, kind: 'file', path: 'a.txt', size: 100, bytes: 0, state: 'waiting', resentBlocks: 0, duplicates: 0, retries: 0, ...over }
}

export function pageOf<T>(items: readonly T[], args: { offset: number; limit: number }): Page<T> {
  return { total: items.length, offset: args.offset, items: items.slice(args.offset, args.offset + args.limit) }
}
