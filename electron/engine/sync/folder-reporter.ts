import type { DeviceId } from '../../../shared/model/device.ts'
import type { Amount, SyncActivity, SyncFolder } from '../../../shared/model/folder.ts'
import { SpeedMeter } from '../transfer/speed.ts'
import type { FolderSync } from './folder-sync.ts'
import { deviceOf, stateOf } from './folder-view.ts'
import type { MemberRow } from './ports.ts'
import { Throttle } from './throttle.ts'

const EVENT_MS = 100
/** Counting what others lack goes over the whole index: now and then, and never for more than a small part of the time. */
const COUNT_MS = 1_000
const COUNT_SHARE = 20
const IN_SYNC_EVERY_MS = 60_000
const NOTHING: Amount = { files: 0, bytes: 0 }

export interface ReporterPorts {
  nameOf(id: DeviceId): string
  isConnected(id: DeviceId): boolean
  /** Each has heard all of the other's index. */
  isLevel(id: DeviceId): boolean
  changed(folder: SyncFolder): void
  files(items: readonly SyncActivity[]): void
}

/** What is shown of a folder: whole small snapshots, at most ten a second. */
export class FolderReporter {
  readonly #folder: FolderSync
  readonly #ports: ReporterPorts
  readonly #throttle: Throttle
  readonly #speed: SpeedMeter
  #items: SyncActivity[] = []
  #trash: Amount = NOTHING
  #trashLimitBytes: number | undefined
  #lacks = new Map<DeviceId, Amount>()
  /** Newer than what the journal has of it. */
  readonly #inSyncMs = new Map<DeviceId, number>()
  #nextCountMs = 0
  #countedScanMs: number | undefined
  #countedWriting = 0
  #countTimer: (() => void) | undefined
  #closed = false

  constructor(folder: FolderSync, ports: ReporterPorts) {
    this.#folder = folder
    this.#ports = ports
    this.#speed = new SpeedMeter(folder.clock)
    this.#throttle = new Throttle(folder.clock, EVENT_MS, () => this.#report())
  }

  changed(): void {
    this.#throttle.call()
  }

  happened(items: readonly SyncActivity[]): void {
    this.#items.push(...items)
    this.#throttle.call()
  }

  async countTrash(): Promise<void> {
    const { trash } = this.#folder.disk
    const before = this.#trash
    const limitBefore = this.#trashLimitBytes
    this.#trash = await trash.amount()
    this.#trashLimitBytes = await trash.limitBytes()
    if (before.files !== this.#trash.files || before.bytes !== this.#trash.bytes || limitBefore !== this.#trashLimitBytes) this.changed()
  }

  close(): void {
    this.#throttle.close()
    this.#closed = true
    this.#countTimer?.()
  }

  view(): SyncFolder {
    // Whoever had everything looked at is told what came of it, and not what was so before.
    const wrote = this.#countedWriting > 0 && this.#folder.activities.writing === 0
    if (wrote || this.#folder.row.lastScanMs !== this.#countedScanMs) this.#countNow()
    const { row, store, activities, toGet, id } = this.#folder
    const { name, path, mode, createdAtMs, lastScanMs, members } = row
    const content = store.content(id)
    this.#speed.update(this.#folder.receivedBytes)
    return {
      id, name, path, mode, createdAtMs, content,
      ...(lastScanMs === undefined ? {} : { lastScanMs }),
      state: stateOf({ ...activities, totalFiles: content.files, bytesPerSecond: this.#speed.bytesPerSecond(this.#folder.receivedBytes) }),
      devices: members.map((member) => deviceOf(this.#withInSync(member), {
        name: this.#ports.nameOf(member.deviceId),
        connected: this.#ports.isConnected(member.deviceId),
        toGet: toGet.get(member.deviceId),
        toSend: this.#lacks.get(member.deviceId),
      })),
      conflicts: store.conflictCopies(id, 0, 0).total,
      problems: store.problems(id, 0, 0).total,
      trash: this.#trash,
      ...(this.#trashLimitBytes === undefined ? {} : { trashLimit: { bytes: this.#trashLimitBytes, own: (row.trashLimitBytes ?? 0) > 0 } }),
      changedHere: store.changedHere(id),
    }
  }

  #report(): void {
    if (this.#closed) return
    this.#count()
    const items = this.#items
    this.#items = []
    if (items.length > 0) this.#ports.files(items)
    this.#ports.changed(this.view())
  }

  #count(): void {
    const startMs = this.#folder.clock.monotonic()
    if (startMs < this.#nextCountMs) {
      this.#countTimer ??= this.#folder.clock.after(this.#nextCountMs - startMs, () => {
        this.#countTimer = undefined
        this.changed()
      })
      return
    }
    this.#countNow()
  }

  #countNow(): void {
    const startMs = this.#folder.clock.monotonic()
    const { row, store, id, toGet } = this.#folder
    this.#countedScanMs = row.lastScanMs
    this.#countedWriting = this.#folder.activities.writing
    for (const member of row.members) {
      if (member.state !== 'member') this.#lacks.delete(member.deviceId)
      else {
        const lacks = store.lackedBy(id, member.deviceId)
        this.#lacks.set(member.deviceId, lacks)
        this.#noteInSync(member, lacks.files === 0 && (toGet.get(member.deviceId)?.files ?? 0) === 0)
      }
    }
    const nowMs = this.#folder.clock.monotonic()
    this.#nextCountMs = nowMs + Math.max(COUNT_MS, COUNT_SHARE * (nowMs - startMs))
    if (!this.#folder.signal.aborted) this.countTrash().catch(() => undefined)
  }

  #noteInSync(member: MemberRow, equal: boolean): void {
    if (!equal || this.#countedWriting > 0 || !this.#ports.isConnected(member.deviceId) || !this.#ports.isLevel(member.deviceId) || this.#folder.store.openCount(this.#folder.id) > 0) return
    const nowMs = this.#folder.clock.now()
    this.#inSyncMs.set(member.deviceId, nowMs)
    if (Math.abs(nowMs - (member.lastInSyncMs ?? 0)) >= IN_SYNC_EVERY_MS) this.#folder.putMember({ ...member, lastInSyncMs: nowMs })
  }

  #withInSync(member: MemberRow): MemberRow {
    const lastInSyncMs = this.#inSyncMs.get(member.deviceId)
    return lastInSyncMs === undefined ? member : { ...member, lastInSyncMs }
  }
}
