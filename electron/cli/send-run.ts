import { toErrorData } from '../../shared/errors.ts'
import type { EngineClient, Events, SendTarget, SendTrust } from '../../shared/ipc/contract.ts'
import type { DeviceId } from '../../shared/model/device.ts'
import type { Transfer, TransferId } from '../../shared/model/transfer.ts'
import type { OpenedEngine } from '../engine/host/open-engine.ts'
import { formatTarget } from '../engine/host/send-target.ts'
import { sleep } from '../engine/util/clock.ts'
import { ASIDE, type CommandContext } from './command.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { formatDuration } from './format.ts'
import { tellUndelivered } from './give-up.ts'
import { printable } from './printable.ts'
import { progressView, type ProgressView } from './progress-view.ts'
import { commonExitCode, exitCodeOfTransfer, newOrder, noteConnected, noteSnapshot, type SendOrder } from './send-order.ts'
import { stopSignal, type StopSignal } from './stop-signal.ts'
import { deviceLabel } from './transfer-text.ts'
import { factsFor, knownDevice, TransferReporter } from './transfer-reporter.ts'

/** A command about to end does not wait longer for an engine that is busy. */
const LAST_WORDS_MS = 3_000

export interface SendRequest {
  /** Absolute: the engine may run in another folder. */
  readonly paths: readonly string[]
  readonly targets: readonly SendTarget[]
  readonly trust: SendTrust | undefined
  /** Undefined: never. */
  readonly giveUpMs: number | undefined
}

/**
 * One `send`: a transfer for each target, followed until all have ended, were given up or interrupted; the same whether
 * the engine is its own or the running one. When a running one ends meanwhile, it goes on with its own.
 */
export class SendRun {
  readonly #context: CommandContext
  readonly #request: SendRequest
  readonly #orders: SendOrder[]
  readonly #view: ProgressView
  readonly #reporter: TransferReporter
  readonly #connected = new Set<DeviceId>()
  /** Of transfers that are not known to be ours yet, while the engine is asked for some. */
  #early: (() => void)[] = []
  #asking = 0
  #cancelTimer: (() => void) | undefined
  #settle: () => void = () => undefined
  readonly #settled: Promise<void>

  constructor(context: CommandContext, request: SendRequest) {
    const { io, output } = context
    this.#context = context
    this.#request = request
    this.#orders = request.targets.map((target) => newOrder(target, io.clock.monotonic()))
    this.#view = progressView(io, output)
    this.#reporter = new TransferReporter(output, this.#view, io.clock)
    this.#settled = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Resolves with the exit code. */
  async run(): Promise<number> {
    const stop = stopSignal(this.#context.io, EXIT.interrupted)
    let engine: OpenedEngine | undefined
    try {
      for (;;) {
        engine = await this.#open()
        const stopListening = this.#follow(engine)
        try {
          const how = stop.wasAsked ? 'stopped' : await this.#untilEnd(engine, stop)
          if (how === 'stopped') return await this.#interrupt(engine)
          if (how === 'settled') return commonExitCode(this.#orders.map((order) => order.exitCode ?? EXIT.incomplete))
        } finally {
          stopListening()
        }
        // A crash of one's own engine has thrown; this was another command's, or the app's.
        this.#context.output.say('The running Holdfast has ended. Going on here.')
        await engine.close()
      }
    } finally {
      this.#cancelTimer?.()
      this.#reporter.close()
      await engine?.close()
      stop.release()
    }
  }

  async #open(): Promise<OpenedEngine> {
    return await this.#context.openEngine('own-or-client', { ...ASIDE, discovery: this.#context.discovery })
  }

  async #untilEnd(engine: OpenedEngine, stop: StopSignal): Promise<'settled' | 'stopped' | 'engine-gone'> {
    const gone = engine.closed.then(
      () => 'engine-gone' as const,
      (error: unknown) => {
        if (engine.own) throw error
        return 'engine-gone' as const
      },
    )
    // When something else ends this first, the engine's own end is no news.
    gone.catch(() => undefined)
    for (const order of this.#unfinished()) void this.#ask(engine, order)
    this.#watchTime(engine)
    return await Promise.race([this.#settled.then(() => 'settled' as const), stop.asked.then(() => 'stopped' as const), gone])
  }

  #unfinished(): SendOrder[] {
    return this.#orders.filter((order) => order.exitCode === undefined)
  }

  /** Has the engine take one target on: a new transfer, or the unfinished one. */
  async #ask(engine: OpenedEngine, order: SendOrder): Promise<void> {
    const { paths, trust } = this.#request
    this.#asking += 1
    try {
      const { transferIds } = await engine.call('transfer:send', { paths, targets: [order.target], ...(trust ? { trust } : {}) })
      order.transferId = transferIds[0]
      for (const replay of this.#early) replay()
      const now = await this.#snapshot(engine, order.transferId)
      if (now) this.#changed(now)
      if (now?.state.kind === 'paused' && now.state.by === 'us') await engine.call('transfer:resume', { transferId: now.id })
    } catch (error) {
      // When the engine is gone, what follows is decided where its end is seen.
      if (!(await isGone(engine, error)) && order.exitCode === undefined) this.#notTaken(order, error)
    } finally {
      this.#asking -= 1
      if (this.#asking === 0) this.#early = []
    }
  }

  /** What was continued may have said all it has to say before. */
  async #snapshot(engine: EngineClient, transferId: TransferId | undefined): Promise<Transfer | undefined> {
    if (transferId === undefined) return undefined
    try {
      return await engine.call('transfer:get', { transferId })
    } catch (error) {
      if (toErrorData(error).code === 'TRANSFER_UNKNOWN') return undefined
      throw error
    }
  }

  #notTaken(order: SendOrder, error: unknown): void {
    const { code, message } = toErrorData(error)
    const { output } = this.#context
    output.event('error', { code, message })
    output.say(`${printable(formatTarget(order.target))}: ${printable(message)}`)
    this.#end(order, exitCodeOf(code))
  }

  #follow(engine: OpenedEngine): () => void {
    const stops = [
      engine.on('transfer:changed', (transfer) => this.#ours(transfer.id, () => this.#changed(transfer))),
      engine.on('transfer:removed', ({ transferId, continuedAs }) => this.#ours(transferId, () => void this.#continued(engine, transferId, continuedAs))),
      engine.on(factsFor(this.#context.output), (files) => this.#ours(files.transferId, () => this.#reporter.files(files))),
      engine.on('link:connected', ({ deviceId }) => {
        const orders = engine.own ? this.#orders.filter((order) => mayBe(order, deviceId)) : this.#ordersOf(deviceId)
        if (orders.length > 0) this.#connectedTo(deviceId, orders)
      }),
      engine.on('link:retry', (retry) => this.#retry(engine, retry)),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }

  /** Does it when the transfer is ours: now, or when the engine has told us its id. */
  #ours(transferId: TransferId, work: () => void): void {
    const isOurs = () => this.#orders.some((order) => order.transferId === transferId)
    if (isOurs()) return work()
    if (this.#asking === 0) return
    let done = false
    this.#early.push(() => {
      if (done || !isOurs()) return
      done = true
      work()
    })
  }

  /** The engine has found the unfinished transfer that this one repeats. */
  async #continued(engine: EngineClient, transferId: TransferId, continuedAs: TransferId | undefined): Promise<void> {
    if (continuedAs === undefined) return
    for (const order of this.#orders) if (order.transferId === transferId) order.transferId = continuedAs
    const now = await this.#snapshot(engine, continuedAs).catch(() => undefined)
    if (now) this.#changed(now)
  }

  #ordersOf(deviceId: DeviceId): SendOrder[] {
    return this.#unfinished().filter((order) => order.latest?.deviceId === deviceId)
  }

  #changed(transfer: Transfer): void {
    const orders = this.#unfinished().filter((order) => order.transferId === transfer.id)
    if (orders.length === 0) return
    const nowMs = this.#context.io.clock.monotonic()
    for (const order of orders) noteSnapshot(order, transfer, nowMs)
    const deviceId = knownDevice(transfer.deviceId)
    const reached = transfer.state.kind === 'active' || transfer.state.kind === 'waiting-for-acceptance'
    // The connection may be older than this command.
    if (deviceId !== null && reached && !this.#connected.has(deviceId)) this.#connectedTo(deviceId, orders)
    this.#reporter.changed(transfer)
    const exitCode = exitCodeOfTransfer(transfer)
    if (exitCode !== undefined) for (const order of orders) this.#end(order, exitCode)
  }

  #connectedTo(deviceId: DeviceId, orders: readonly SendOrder[]): void {
    this.#reporter.connected(deviceId)
    if (!this.#connected.has(deviceId)) this.#context.output.say(`Connected to ${deviceId}`)
    this.#connected.add(deviceId)
    for (const order of orders) noteConnected(order, this.#context.io.clock.monotonic())
  }

  #retry(engine: OpenedEngine, retry: Events['link:retry']): void {
    const about = this.#unfinished()
      .map((order) => order.transferId)
      .filter((id) => id !== undefined && retry.transferIds.includes(id)) as TransferId[]
    if (about.length > 0) return this.#reporter.retry(retry, about)
    if (engine.own && this.#unfinished().length > 0) this.#reporter.retry(retry, [])
  }

  #end(order: SendOrder, exitCode: number): void {
    order.exitCode = exitCode
    if (this.#unfinished().length === 0) this.#settle()
  }

  /** Wakes when the first unfinished target may have been stuck for too long. */
  #watchTime(engine: EngineClient): void {
    const { giveUpMs } = this.#request
    this.#cancelTimer?.()
    if (giveUpMs === undefined) return
    const { clock } = this.#context.io
    const hopeful = () => this.#unfinished().filter((order) => !order.givenUp)
    const since = Math.min(...hopeful().map((order) => order.stuckSinceMs))
    if (since === Infinity) return
    this.#cancelTimer = clock.after(Math.max(0, since + giveUpMs - clock.monotonic()), () => {
      const stuck = hopeful().filter((order) => order.stuckSinceMs + giveUpMs <= clock.monotonic())
      for (const order of stuck) void this.#giveUp(engine, order, giveUpMs)
      this.#watchTime(engine)
    })
  }

  async #giveUp(engine: EngineClient, order: SendOrder, giveUpMs: number): Promise<void> {
    // From now on it is nobody's: what is listed as not delivered must not be reported as delivered after that.
    order.givenUp = true
    await this.#atMost(this.#pause(engine, order))
    if (order.exitCode !== undefined) return
    const { output } = this.#context
    const name = order.latest ? deviceLabel(order.latest) : printable(formatTarget(order.target))
    output.say(`Gave up on ${name}: nothing was confirmed for ${formatDuration(giveUpMs)}. Not delivered:`)
    await this.#atMost(tellUndelivered(output, engine, this.#request.paths, order.latest))
    output.say('The same command again continues.')
    this.#end(order, EXIT.incomplete)
  }

  async #interrupt(engine: EngineClient): Promise<number> {
    await this.#atMost(Promise.all(this.#unfinished().map((order) => this.#pause(engine, order))))
    this.#view.close()
    this.#context.output.say('Paused. The same command again continues.')
    return EXIT.interrupted
  }

  async #pause(engine: EngineClient, order: SendOrder): Promise<void> {
    if (order.transferId === undefined) return
    await engine.call('transfer:pause', { transferId: order.transferId }).catch(() => undefined)
  }

  async #atMost(work: Promise<unknown>): Promise<void> {
    const timer = new AbortController()
    const late = sleep(this.#context.io.clock, LAST_WORDS_MS, timer.signal).catch(() => undefined)
    await Promise.race([work.catch(() => undefined), late])
    timer.abort()
  }
}

/** Calls of an engine that goes reject a moment before `closed` settles; a running one that ends says so first. */
async function isGone(engine: OpenedEngine, error: unknown): Promise<boolean> {
  if (!engine.own && toErrorData(error).code === 'ENGINE_NOT_RUNNING') return true
  const gone = engine.closed.then(
    () => true,
    () => true,
  )
  return await Promise.race([gone, new Promise<false>((resolve) => setImmediate(resolve, false))])
}

/** One's own engine connects to nobody but our targets; which one is known when its transfer names the device. */
function mayBe(order: SendOrder, deviceId: DeviceId): boolean {
  const known = knownDevice(order.latest?.deviceId ?? null)
  return order.exitCode === undefined && (known === null || known === deviceId)
}
