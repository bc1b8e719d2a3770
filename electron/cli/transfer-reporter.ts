import type { Events, FileFacts } from '../../shared/ipc/contract.ts'
import type { DeviceId } from '../../shared/model/device.ts'
import { ENDED, type FileEvent, type Transfer, type TransferId, type TransferStateKind } from '../../shared/model/transfer.ts'
import type { Clock } from '../engine/util/clock.ts'
import { formatWait } from './format.ts'
import type { Output } from './output.ts'
import { printable } from './printable.ts'
import type { ProgressView } from './progress-view.ts'
import { arrivedBytes, confirmedFiles, deviceLabel, stateText, summaryText, WAITS } from './transfer-text.ts'

/** Between two progress events of one transfer. */
const PROGRESS_MS = 200
/** Skipped and failed files are named to people up to this many a transfer. */
export const MAX_NAMES = 20
/** Ended transfers that are remembered, so that a late snapshot does not end one twice. */
const MAX_ENDED = 1000

/** Facts that wait for the device's name; more are told without it. */
const MAX_EARLY_FACTS = 10_000

interface Watched {
  latest: Transfer
  /** What the last progress event said. */
  told: string
  /** The state that was seen last. */
  wait: TransferStateKind | undefined
  toldAtMs: number
  cancelTimer: (() => void) | undefined
  named: number
  unnamed: number
}

/** Scripts are told of every file; what people are not told need not come from the engine's thread. */
export function factsFor({ json }: Output): 'transfer:files' | 'transfer:left-out' {
  return json ? 'transfer:files' : 'transfer:left-out'
}

/** Turns what an engine announces about transfers into events for scripts and lines for people. */
export class TransferReporter {
  readonly #output: Output
  readonly #view: ProgressView
  readonly #clock: Clock
  readonly #watched = new Map<TransferId, Watched>()
  readonly #ended = new Set<TransferId>()
  /** Of sends whose device has not answered yet: scripts are told who it is with every fact. */
  readonly #early = new Map<TransferId, FileEvent[]>()

  constructor(output: Output, view: ProgressView, clock: Clock) {
    this.#output = output
    this.#view = view
    this.#clock = clock
  }

  changed(transfer: Transfer): void {
    if (ENDED.has(transfer.state.kind)) return this.#end(transfer)
    // Tried again after its end: it will end again.
    this.#ended.delete(transfer.id)
    const watched = this.#watch(transfer)
    this.#view.show(transfer)
    const deviceId = knownDevice(transfer.deviceId)
    // Nothing has moved before the device has answered.
    if (deviceId === null) return
    this.#tellEarly(transfer.id, deviceId)
    this.#tellWait(watched, deviceId)
    const waitMs = watched.toldAtMs + PROGRESS_MS - this.#clock.monotonic()
    if (waitMs <= 0) return this.#progress(watched)
    watched.cancelTimer ??= this.#clock.after(waitMs, () => this.#progress(watched))
  }

  files({ transferId, deviceId, items }: FileFacts): void {
    const known = knownDevice(deviceId)
    const early = this.#early.get(transferId) ?? []
    if (known === null && early.length + items.length <= MAX_EARLY_FACTS) {
      this.#early.set(transferId, [...early, ...items])
      return
    }
    this.#tellEarly(transferId, known)
    this.#tellFiles(transferId, known, items)
  }

  #tellEarly(transferId: TransferId, deviceId: DeviceId | null): void {
    const items = this.#early.get(transferId)
    this.#early.delete(transferId)
    if (items) this.#tellFiles(transferId, deviceId, items)
  }

  #tellFiles(transferId: TransferId, deviceId: DeviceId | null, items: readonly FileEvent[]): void {
    this.#output.batch(() => this.#tellEach({ transferId, deviceId }, items))
  }

  #tellEach(about: { transferId: TransferId; deviceId: DeviceId | null }, items: readonly FileEvent[]): void {
    const { transferId } = about
    for (const item of items) {
      switch (item.kind) {
        case 'delivered':
        case 'received':
          this.#output.event(item.kind, { ...about, path: item.path, bytes: item.bytes, digest: item.digest })
          break
        case 'skipped':
          this.#output.event('skipped', { ...about, path: item.path, reason: item.reason })
          // The same content is there: nobody needs to look after it.
          if (item.reason !== 'identical') this.#name(transferId, `Skipped ${printable(item.path)}: ${printable(item.reason)}`)
          break
        case 'failed':
          this.#output.event('failed', { ...about, path: item.path, code: item.code, message: item.message })
          this.#name(transferId, `Failed ${printable(item.path)}: ${printable(item.message)}`)
          break
      }
    }
  }

  #tellWait(watched: Watched, deviceId: DeviceId): void {
    const { id, state } = watched.latest
    if (WAITS.has(state.kind) && watched.wait !== state.kind) {
      this.#output.event('waiting', { transferId: id, deviceId, state: state.kind, message: printable(stateText(state, 0)) })
    }
    watched.wait = state.kind
  }

  connected(deviceId: DeviceId): void {
    this.#output.event('connected', { deviceId })
  }

  /** `about`: the transfers it holds up, of those that are reported here. */
  retry({ reason, attempt, waitMs, deviceId }: Events['link:retry'], about: readonly TransferId[]): void {
    const facts = { reason: reason.code, message: reason.message, attempt, waitMs }
    for (const transferId of about) this.#output.event('retry', { transferId, deviceId: knownDevice(deviceId), ...facts })
    if (about.length === 0) this.#output.event('retry', { deviceId: knownDevice(deviceId), ...facts })
    this.#output.say(`${printable(reason.message)} Trying again ${formatWait(waitMs)} (attempt ${attempt}).`)
  }

  /** Stops watching what has not ended. */
  close(): void {
    for (const { cancelTimer, latest } of this.#watched.values()) {
      cancelTimer?.()
      this.#tellEarly(latest.id, knownDevice(latest.deviceId))
    }
    this.#watched.clear()
    this.#view.close()
  }

  #watch(transfer: Transfer): Watched {
    const watched = this.#watched.get(transfer.id)
    if (watched) {
      watched.latest = transfer
      return watched
    }
    const fresh: Watched = { latest: transfer, told: '', wait: undefined, toldAtMs: -Infinity, cancelTimer: undefined, named: 0, unnamed: 0 }
    this.#watched.set(transfer.id, fresh)
    return fresh
  }

  #progress(watched: Watched): void {
    watched.cancelTimer?.()
    watched.cancelTimer = undefined
    const { bytes, totalBytes, files, totalFiles } = watched.latest
    const facts = { bytes, totalBytes, files, totalFiles }
    const told = Object.values(facts).join()
    if (told === watched.told) return
    watched.told = told
    watched.toldAtMs = this.#clock.monotonic()
    this.#output.event('progress', { ...aboutTransfer(watched.latest), ...facts })
  }

  #end(transfer: Transfer): void {
    if (this.#ended.has(transfer.id)) return
    this.#ended.add(transfer.id)
    for (const oldest of this.#ended) {
      if (this.#ended.size <= MAX_ENDED) break
      this.#ended.delete(oldest)
    }
    const watched = this.#watch(transfer)
    const { state } = transfer
    const about = aboutTransfer(transfer)
    this.#tellEarly(transfer.id, about.deviceId)
    const begun = hasBegun(transfer)
    if (begun) this.#progress(watched)
    watched.cancelTimer?.()
    this.#watched.delete(transfer.id)
    this.#view.show(transfer)
    if (watched.unnamed > 0) this.#output.say(`and ${watched.unnamed} more`)
    if (state.kind === 'refused' || state.kind === 'failed') {
      const { code, message } = state.error
      this.#output.event('error', { ...about, code, message })
      this.#output.say(`${deviceLabel(transfer)}: ${printable(message)}`)
    } else if (state.kind === 'cancelled') {
      const message = state.by === 'us' ? 'The transfer was cancelled.' : 'The other side has cancelled the transfer.'
      this.#output.event('error', { ...about, code: 'TRANSFER_CANCELLED', message })
      this.#output.say(`${deviceLabel(transfer)}: ${message}`)
    } else {
      this.#output.say(summaryText(transfer))
    }
    if (!begun) return
    const { resumedBytes, resentBlocks, duplicates, retries, skipped, identical = 0, failed } = transfer.counters
    this.#output.event('done', {
      ...about,
      files: confirmedFiles(transfer),
      bytes: arrivedBytes(transfer),
      seconds: Math.round(transfer.activeMs) / 1000,
      resumedBytes,
      resentBlocks,
      duplicates,
      retries,
      skipped,
      identical,
      failed,
    })
  }

  #name(transferId: TransferId, line: string): void {
    const watched = this.#watched.get(transferId)
    if (watched && watched.named >= MAX_NAMES) {
      watched.unnamed += 1
      return
    }
    if (watched) watched.named += 1
    this.#output.say(line)
  }
}

/** What was refused, or found nobody to trust, is not done: it has not begun. */
function hasBegun({ state, activeMs, bytes }: Transfer): boolean {
  return state.kind === 'finished' || (state.kind !== 'refused' && (activeMs > 0 || bytes > 0))
}

export function aboutTransfer(transfer: Pick<Transfer, 'id' | 'deviceId'>): { transferId: TransferId; deviceId: DeviceId | null } {
  return { transferId: transfer.id, deviceId: knownDevice(transfer.deviceId) }
}

/** A send to an address has no device's id before somebody has answered there. */
export function knownDevice(deviceId: string | null): DeviceId | null {
  return deviceId !== null && /^[A-Z2-7]{4}(?:-[A-Z2-7]{4}){12}$/.test(deviceId) ? deviceId : null
}
