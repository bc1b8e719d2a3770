import type { CommandArgs, CommandName, CommandReply, EventName, Events } from '../../../shared/ipc/contract.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import type { FolderId } from '../../../shared/model/folder.ts'
import type { SyncMessage } from '../protocol/messages.ts'
import type { Session, SessionStart } from '../session/ports.ts'
import type { BytePool, PooledBuffer } from '../util/byte-pool.ts'
import type { Clock } from '../util/clock.ts'
import type { Random } from '../util/random.ts'
import type { SyncDisk, SyncStore, SyncWatcher, SyncWatcherPorts } from './ports.ts'

/** What the engine of shared folders needs of the rest. */
export interface SyncPorts {
  readonly clock: Clock
  readonly random: Random
  readonly store: SyncStore
  openDisk(id: FolderId, path: string): SyncDisk
  openWatcher(path: string, ports: SyncWatcherPorts): SyncWatcher
  /** `name` is read anew each time. */
  readonly self: { readonly id: DeviceId; readonly name: string }
  /** As people here call it; undefined for one that is not known (any more). */
  nameOf(id: DeviceId): string | undefined
  /** Of an id or a name as a person typed it, of paired devices only. Throws DEVICE_UNKNOWN or DEVICE_AMBIGUOUS. */
  resolveDevice(text: string): DeviceId
  isPaired(id: DeviceId): boolean
  /** The conversation with it, connected or not. */
  session(id: DeviceId): SyncSession | undefined
  /** A wish to be connected to a paired device, until it is released. */
  wantConnection(id: DeviceId): () => void
  /** For `sync-data`: each holds a whole bulk frame. */
  readonly buffers: Pick<BytePool, 'take'>
  /** Waits until so many bytes may be sent to it: the limits of the settings and of its policy. */
  takeSend(id: DeviceId, bytes: number, signal: AbortSignal): Promise<void>
  /** How much may be asked of it now: the limits of the settings and of its policy. */
  receivePace(id: DeviceId): ReceivePace
  emit<E extends SyncEvent>(event: E, payload: Events[E]): void
}

export interface ReceivePace {
  /** Bytes; Infinity without a limit. */
  readonly allowance: number
  /** Until there is any. */
  readonly waitMs: number
  spend(bytes: number): void
}

export type SyncSession = Pick<Session, 'peerId' | 'connected' | 'send' | 'canSendBulk' | 'sendBulk'>
export type SyncEvent = Extract<EventName, `sync:${string}`>
export type SyncCommand = Extract<CommandName, `sync:${string}`>
export type SyncCommands = { readonly [C in SyncCommand]: (args: CommandArgs<C>) => Promise<CommandReply<C>> }

export type SyncHow = 'keep' | 'look' | 'none'

/** What a session tells about one paired device. */
export interface SyncHandler {
  message(message: SyncMessage): void
  /** A `sync-data` body, which begins at `at` and ends at `body.length`. It is released here. Throws ProtocolError. */
  data(body: PooledBuffer, at: number): void
  up(start: SessionStart): void
  down(): void
  drain(): void
}

/** What the rest may ask of it: `SyncEngine` in sync.ts. */
export interface SyncService {
  readonly commands: SyncCommands
  /**
   * `keep` (the default): watches, scans, talks and syncs. `look`: does so too, and changes nothing. `none`: answers about
   * the folders only.
   */
  start(how?: SyncHow): Promise<void>
  close(): Promise<void>
  handlerFor(session: SyncSession): SyncHandler
  /** It is paired now, perhaps once more, and on a connection that stands already: it is told of its folders. */
  paired(id: DeviceId): void
  /** It is not paired any more: it leaves every folder. */
  forget(id: DeviceId): void
}
