import { HoldfastError } from '../../../shared/errors.ts'
import type { PlanItem } from '../../../shared/model/folder.ts'
import type { SyncCommands, SyncPorts } from './engine-ports.ts'
import { listConflicts, previewConflict, resolveConflict } from './conflicts.ts'
import type { SyncEngine } from './sync.ts'

const MAX_PAGE = 500

/** What people and scripts may ask of shared folders. */
export function createCommands(engine: SyncEngine, ports: SyncPorts): SyncCommands {
  const page = ({ offset, limit }: { offset: number; limit: number }) => ({ offset: Math.max(0, offset), limit: Math.min(limit, MAX_PAGE) })
  const { store } = ports
  return {
    'sync:list': async () => engine.views(),
    'sync:offers': async () => engine.offers.list(),
    'sync:add': async ({ path, devices, mode, name }) => {
      const invited = [...new Set(devices.map((device) => ports.resolveDevice(device)))]
      return await engine.add({ path, mode, invited, offeredBy: [], ...(name === undefined ? {} : { name }) })
    },
    'sync:accept': async ({ folderId, path, mode }) => {
      const offers = engine.offers.of(folderId)
      const [first] = offers
      if (!first) throw new HoldfastError('REQUEST_UNKNOWN', 'That folder is not offered (any more). Connect to the device that offers it, and try again.')
      const offeredBy = offers.map(({ deviceId }) => deviceId)
      if (engine.views().some(({ id }) => id === folderId)) {
        for (const deviceId of offeredBy) engine.share(folderId, deviceId)
        return engine.view(folderId)
      }
      const folder = await engine.add({ id: folderId, name: first.name, path, mode, invited: [], offeredBy })
      engine.offers.take(folderId)
      return folder
    },
    'sync:refuse': async ({ folderId }) => {
      for (const deviceId of engine.offers.take(folderId)) engine.refuse(folderId, deviceId)
      return null
    },
    'sync:share': async ({ folderId, device }) => {
      engine.share(folderId, ports.resolveDevice(device))
      return engine.view(folderId)
    },
    'sync:unshare': async ({ folderId, device }) => {
      const { row } = engine.folder(folderId)
      const member = row.members.find(({ deviceId }) => deviceId === device) ?? row.members.find(({ deviceId }) => deviceId === ports.resolveDevice(device))
      if (member) engine.unshare(folderId, member.deviceId)
      return engine.view(folderId)
    },
    'sync:set': async ({ folderId, ...patch }) => {
      engine.folder(folderId).patch(patch)
      if (patch.trashLimitBytes !== undefined) await engine.trashChanged(folderId)
      engine.wish()
      engine.announce(folderId)
      return engine.view(folderId)
    },
    'sync:remove': async ({ folderId }) => {
      await engine.remove(folderId)
      return null
    },
    'sync:scan': async ({ folderId }) => {
      await engine.folder(folderId).scan()
      return engine.view(folderId)
    },
    'sync:plan': async ({ folderId, ...args }) => {
      const { offset, limit } = page(args)
      const items: PlanItem[] = []
      let total = 0
      const { counts } = await engine.folder(folderId).plan((item) => {
        if (total >= offset && items.length < limit) items.push(item)
        total += 1
      })
      return { total, offset, items, counts }
    },
    'sync:answer': async ({ folderId, token, answer }) => {
      await engine.folder(folderId).answer(token, answer)
      await engine.trashChanged(folderId)
      return null
    },
    'sync:problems': async ({ folderId, ...args }) => {
      const { offset, limit } = page(args)
      return { offset, ...store.problems(engine.folder(folderId).id, offset, limit) }
    },
    'sync:activity': async ({ folderId, ...args }) => {
      const { offset, limit } = page(args)
      return { offset, ...store.activity(engine.folder(folderId).id, offset, limit) }
    },
    'sync:conflicts': async ({ folderId, ...args }) => {
      const { offset, limit } = page(args)
      return listConflicts(engine.folder(folderId), offset, limit)
    },
    'sync:preview': async ({ folderId, copyPath }) => await previewConflict(engine.folder(folderId), copyPath),
    'sync:resolve': async ({ folderId, copyPath, keep }) => {
      await resolveConflict(engine.folder(folderId), copyPath, keep)
      await engine.trashChanged(folderId)
      return null
    },
    'sync:trash': async ({ folderId, search, ...args }) => {
      const { offset, limit } = page(args)
      return { offset, ...(await engine.folder(folderId).disk.trash.list({ offset, limit, ...(search === undefined ? {} : { search }) })) }
    },
    'sync:restore': async ({ folderId, trashId }) => {
      const folder = engine.folder(folderId)
      const path = await folder.turns.take(() => folder.disk.trash.restore(trashId))
      folder.happened([{ atMs: ports.clock.now(), kind: 'restored', path }])
      await folder.lookAt([path])
      await engine.trashChanged(folderId)
      return { path }
    },
    'sync:empty-trash': async ({ folderId }) => {
      await engine.folder(folderId).disk.trash.empty()
      await engine.trashChanged(folderId)
      return null
    },
    'sync:ignore-get': async ({ folderId }) => ({ text: await engine.folder(folderId).disk.readIgnoreFile() }),
    'sync:ignore-set': async ({ folderId, text }) => {
      const folder = engine.folder(folderId)
      await folder.turns.take(() => folder.disk.writeIgnoreFile(text))
      await folder.scan()
      return null
    },
  }
}
