import { HoldfastError } from '../../shared/errors.ts'
import type { AppCommandName, AppEventName, AppEvents, AppHandlers } from '../../shared/ipc/app-contract.ts'
import type { Page } from '../../shared/ipc/contract.ts'
import type { ConflictPreview, FolderOffer, PlanCounts, PlanItem, SyncActivity, SyncConflict, SyncFolder, SyncProblem, TrashItem } from '../../shared/model/folder.ts'
import type { Device } from '../../shared/model/device.ts'
import { demoFolder, demoFolderDevice } from './demo-folder-data.ts'

type FolderHandlers = Pick<AppHandlers, Extract<AppCommandName, `sync:${string}`>>
type Emit = <E extends AppEventName>(event: E, payload: AppEvents[E]) => void

const NO_COUNTS: PlanCounts = { get: 0, replace: 0, delete: 0, rename: 0, conflict: 0, bytes: 0 }

function pageOf<T>(items: readonly T[], { offset, limit }: { offset: number; limit: number }): Page<T> {
  return { total: items.length, offset, items: items.slice(offset, offset + limit) }
}

/** The shared folders of a demo engine: they answer the whole contract from memory, and move no bytes. */
export class DemoFolders {
  readonly byId = new Map<string, SyncFolder>()
  readonly offers = new Map<string, FolderOffer>()
  plan: { total: number; item(index: number): PlanItem } = { total: 0, item: () => { throw new Error('no plan') } }
  planCounts: PlanCounts = NO_COUNTS
  conflicts: { readonly conflict: SyncConflict; readonly preview: ConflictPreview }[] = []
  problems: SyncProblem[] = []
  activity: SyncActivity[] = []
  trash: TrashItem[] = []
  ignore = 'node_modules/\n*.tmp\n'
  readonly #emit: Emit
  readonly #device: (deviceId: string) => Device
  #nextId = 200

  constructor(emit: Emit, device: (deviceId: string) => Device) {
    this.#emit = emit
    this.#device = device
  }

  put(folder: SyncFolder): SyncFolder {
    this.byId.set(folder.id, folder)
    this.#emit('sync:changed', folder)
    return folder
  }

  set(folderId: string, change: Partial<SyncFolder>): SyncFolder {
    return this.put({ ...this.get(folderId), ...change })
  }

  get(folderId: string): SyncFolder {
    const folder = this.byId.get(folderId)
    if (!folder) throw new HoldfastError('SYNC_FOLDER_UNKNOWN', 'There is no such shared folder.')
    return folder
  }

  offer(offer: FolderOffer): void {
    this.offers.set(offer.folderId, offer)
    this.#emit('sync:offered', offer)
  }

  readonly handlers: FolderHandlers = {
    'sync:list': () => [...this.byId.values()],
    'sync:offers': () => [...this.offers.values()],
    'sync:add': ({ choiceId, devices, mode, name }) => {
      const path = choiceId.replace(/^folder:/, '')
      const members = devices.map((id) => demoFolderDevice(this.#device(id), { state: 'invited' }))
      return this.put(demoFolder(this.#nextId++, name ?? path, members, { path, mode, content: { files: 0, bytes: 0 } }))
    },
    'sync:accept': ({ folderId, choiceId, inside, mode }) => {
      const offer = this.offers.get(folderId)
      if (!offer) throw new HoldfastError('SYNC_FOLDER_UNKNOWN', 'That offer is over.')
      this.#endOffer(folderId)
      const path = `${choiceId.replace(/^folder:/, '')}${inside === undefined ? '' : `/${inside}`}`
      const state = { kind: 'syncing', left: offer.content, bytesPerSecond: 0 } as const
      return this.put({ ...demoFolder(1, offer.name, [demoFolderDevice(this.#device(offer.deviceId), { toGet: offer.content })], { path, mode, state }), id: folderId })
    },
    'sync:refuse': ({ folderId }) => this.#endOffer(folderId),
    'sync:share': ({ folderId, device }) => {
      const others = this.get(folderId).devices.filter((member) => member.deviceId !== device)
      return this.set(folderId, { devices: [...others, demoFolderDevice(this.#device(device), { state: 'invited' })] })
    },
    'sync:unshare': ({ folderId, device }) => this.set(folderId, { devices: this.get(folderId).devices.filter((member) => member.deviceId !== device) }),
    'sync:set': ({ folderId, paused, ...change }) =>
      this.set(folderId, { ...change, ...(paused === undefined ? {} : { state: { kind: paused ? 'paused' : 'up-to-date' } }) }),
    'sync:remove': ({ folderId }) => {
      this.byId.delete(folderId)
      this.#emit('sync:removed', { folderId })
      return null
    },
    'sync:scan': ({ folderId }) => this.set(folderId, { lastScanMs: Date.now() }),
    'sync:plan': ({ offset, limit }) => {
      const count = Math.max(0, Math.min(limit, this.plan.total - offset))
      return { total: this.plan.total, offset, items: Array.from({ length: count }, (_, at) => this.plan.item(offset + at)), counts: this.planCounts }
    },
    'sync:answer': ({ folderId, token }) => {
      const { state } = this.get(folderId)
      if (state.kind !== 'asking' || state.token !== token) throw new HoldfastError('USAGE_INVALID', 'What would be done has changed meanwhile. Look at it again.')
      this.set(folderId, { state: { kind: 'up-to-date' } })
      return null
    },
    'sync:problems': (args) => pageOf(this.problems, args),
    'sync:activity': (args) => pageOf(this.activity, args),
    'sync:conflicts': (args) => pageOf(this.conflicts.map(({ conflict }) => conflict), args),
    'sync:preview': ({ copyPath }) => {
      const found = this.conflicts.find(({ conflict }) => conflict.copyPath === copyPath)
      if (!found) throw new HoldfastError('PATH_NOT_FOUND', 'That conflict has been decided already.')
      return found.preview
    },
    'sync:resolve': ({ folderId, copyPath }) => {
      this.conflicts = this.conflicts.filter(({ conflict }) => conflict.copyPath !== copyPath)
      this.set(folderId, { conflicts: this.conflicts.length })
      return null
    },
    'sync:trash': ({ search, ...args }) => pageOf(this.trash.filter((item) => item.path.toLowerCase().includes((search ?? '').toLowerCase())), args),
    'sync:restore': ({ folderId, trashId }) => {
      const item = this.trash.find(({ id }) => id === trashId)
      if (!item) throw new HoldfastError('PATH_NOT_FOUND', 'That is not in the trash any more.')
      this.trash = this.trash.filter(({ id }) => id !== trashId)
      this.set(folderId, { trash: { files: this.trash.length, bytes: 1_000_000 } })
      return { path: item.path }
    },
    'sync:empty-trash': ({ folderId }) => {
      this.trash = []
      this.set(folderId, { trash: { files: 0, bytes: 0 } })
      return null
    },
    'sync:ignore-get': () => ({ text: this.ignore }),
    'sync:ignore-set': ({ text }) => {
      this.ignore = text
      return null
    },
    'sync:show': () => null,
  }

  #endOffer(folderId: string): null {
    this.offers.delete(folderId)
    this.#emit('sync:offer-removed', { folderId })
    return null
  }
}
