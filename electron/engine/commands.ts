import { HoldfastError } from '../../shared/errors.ts'
import type { CommandArgs, CommandName, CommandReply, Events, SendTarget, SendTrust } from '../../shared/ipc/contract.ts'
import type { DeviceId } from '../../shared/model/device.ts'
import { settingsChanger } from './change-settings.ts'
import type { Devices } from './devices.ts'
import type { EngineOptions } from './engine-options.ts'
import type { Identity } from './identity/device-key.ts'
import type { Network } from './network.ts'
import type { Pairings } from './pairings.ts'
import type { PlainService } from './plain-service.ts'
import { OtherInboxes } from './received/other-inboxes.ts'
import type { Received } from './received/received.ts'
import type { Link } from './session/ports.ts'
import type { EngineSettings } from './settings.ts'
import type { SyncService } from './sync-service.ts'
import type { Transfers } from './transfer/transfers.ts'
import type { Emitter } from './util/emitter.ts'

export type CommandHandlers = { [C in CommandName]: (args: CommandArgs<C>) => CommandReply<C> | Promise<CommandReply<C>> }

export interface CommandContext {
  readonly options: EngineOptions
  readonly identity: Identity
  readonly settings: EngineSettings
  readonly devices: Devices
  readonly transfers: Transfers
  readonly pairings: Pairings
  readonly received: Received
  readonly plain: PlainService
  readonly sync: SyncService
  readonly events: Emitter<Events>
  readonly network: Network
  send(paths: readonly string[], target: SendTarget, trust: SendTrust | undefined): string
  /** To anybody who answers there: for pairing. */
  connect(target: SendTarget): Link
  freeBytes(): Promise<number | null>
  disconnect(id: DeviceId): void
}

/** The engine's face (shared/ipc/contract.ts): each command as a call. Arguments are typed here; who takes them from outside checks them. */
export function commandsOf(context: CommandContext): CommandHandlers {
  const { devices, transfers, pairings, received, plain, settings } = context
  const otherInboxes = new OtherInboxes((folder) => received.plainArrivals(folder))
  return {
    'engine:status': async () => {
      const plainStatus = plain.status()
      const live = transfers.registry.all().map((actor) => actor.record.state.kind)
      return {
        deviceId: context.identity.deviceId,
        name: settings.current.name,
        version: context.options.version,
        home: context.options.home,
        pid: process.pid,
        listening: context.network.address ?? null,
        ...(plainStatus ? { plain: plainStatus } : {}),
        receiveFolder: settings.current.receiveFolder,
        freeBytes: await context.freeBytes(),
        activeTransfers: live.filter((kind) => kind === 'active').length,
        waitingTransfers: live.filter((kind) => kind !== 'active').length,
        requests: transfers.requests.size,
        problems: [...received.problems(), ...plain.problems()],
      }
    },
    'settings:get': () => settings.current,
    'settings:set': settingsChanger(context),

    'device:list': () => devices.list(),
    'device:rename': ({ deviceId, name }) => devices.rename(deviceId, name),
    'device:set-policy': async ({ deviceId, policy }) => {
      const before = devices.row(deviceId)?.policy.folder
      if (policy.folder !== undefined && policy.folder !== before) await context.sync.requireReceivable(policy.folder)
      return devices.setPolicy(deviceId, policy)
    },
    'device:forget': ({ device }) => {
      const { id } = devices.find(device)
      transfers.cancelAllOf(id)
      context.sync.forget(id)
      devices.forget(id)
      context.disconnect(id)
      return null
    },

    'pairing:start': ({ target }) => pairings.start(() => context.connect(target)),
    'pairing:answer': ({ pairingId, accept }) => {
      pairings.answer(pairingId, accept)
      return null
    },
    'pairing:list': () => pairings.list(),

    'transfer:send': ({ paths, targets, trust }) => {
      if (paths.length === 0 || targets.length === 0) throw new HoldfastError('USAGE_INVALID', 'Name something to send, and a device to send it to.')
      return { transferIds: targets.map((target) => context.send(paths, target, trust)) }
    },
    'transfer:list': (filter) => transfers.list(filter),
    'transfer:get': ({ transferId }) => transfers.get(transferId),
    'transfer:files': ({ transferId, offset, limit, only }) => transfers.files(transferId, offset, limit, only),
    'transfer:pause': ({ transferId }) => {
      transfers.pause(transferId)
      return null
    },
    'transfer:resume': ({ transferId }) => {
      transfers.resume(transferId)
      return null
    },
    'transfer:cancel': ({ transferId }) => {
      transfers.cancel(transferId)
      return null
    },
    'transfer:retry': ({ transferId }) => {
      transfers.retry(transferId)
      return null
    },
    'transfer:skip-file': ({ transferId, file }) => {
      transfers.skipFile(transferId, file)
      return null
    },
    'transfer:move': ({ transferId, before }) => {
      transfers.outgoing.move(transferId, before)
      return null
    },

    'request:list': () => transfers.requests.list(),
    'request:accept': ({ requestId, always, answer, forAll, folder }) => {
      const request = transfers.requests.list().find(({ id }) => id === requestId)
      if (always && request?.kind === 'transfer' && !request.paired) {
        throw new HoldfastError('USAGE_INVALID', 'Only a paired device can be accepted always: accept this once, and pair with it.')
      }
      transfers.requests.answer(requestId, {
        accept: true,
        always: always ?? false,
        forAll: forAll ?? false,
        ...(answer ? { answer } : {}),
        ...(folder === undefined ? {} : { folder }),
      })
      return null
    },
    'request:refuse': ({ requestId, forAll }) => {
      transfers.requests.answer(requestId, { accept: false, always: false, forAll: forAll ?? false })
      return null
    },

    'history:list': ({ offset, limit }) => transfers.list({ ended: true, offset, limit }),

    'received:list': (filter) => received.list(filter),
    'received:get': ({ id }) => received.get(id),
    'received:plain': (told) => {
      otherInboxes.add(told)
      return null
    },

    ...context.sync.commands,
  }
}
