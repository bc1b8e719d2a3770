import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { AppEventName, PreloadApi, Source } from '../../shared/ipc/app-contract.ts'
import type { Reply } from '../../shared/ipc/contract.ts'
import { CHANNELS, MAX_DROPPED, type DroppedItem } from '../../shared/ipc/channels.ts'

/** A file without a path is read here, so it must be small. */
const MAX_BYTES = 64 * 1024 * 1024

function refused(message: string): Reply<never> {
  return { ok: false, error: { code: 'USAGE_INVALID', message } }
}

async function itemOf(file: File): Promise<DroppedItem | undefined> {
  const path = webUtils.getPathForFile(file)
  if (path !== '') return { kind: 'path', path }
  return file.size <= MAX_BYTES ? { kind: 'bytes', bytes: new Uint8Array(await file.arrayBuffer()) } : undefined
}

/** Nothing but `File` objects, so a page can name no path that the user did not put there. */
async function addDropped(files: readonly unknown[]): Promise<Reply<readonly Source[]>> {
  if (!Array.isArray(files) || !files.every((file): file is File => file instanceof File)) return refused('Only files can be dropped here.')
  if (files.length > MAX_DROPPED) return refused(`At most ${MAX_DROPPED} things can be dropped at once. Put them into a folder and drop that.`)
  try {
    const items = (await Promise.all(files.map(itemOf))).filter((item) => item !== undefined)
    return (await ipcRenderer.invoke(CHANNELS.dropped, items)) as Reply<readonly Source[]>
  } catch {
    return refused('What was dropped cannot be read.')
  }
}

const listeners = new Map<AppEventName, Set<(payload: never) => void>>()

ipcRenderer.on(CHANNELS.event, (_event, name: AppEventName, payload: unknown) => {
  for (const listener of [...(listeners.get(name) ?? [])]) listener(payload as never)
})

const api: PreloadApi = {
  async call(command, args) {
    try {
      return (await ipcRenderer.invoke(CHANNELS.call, command, args)) as never
    } catch {
      return refused('Holdfast did not understand this window.')
    }
  },
  on(event, listener) {
    const set = listeners.get(event) ?? new Set()
    listeners.set(event, set)
    set.add(listener)
    return () => void set.delete(listener)
  },
  addDropped,
}

contextBridge.exposeInMainWorld('holdfast', api)
