import { HoldfastError, type ErrorData } from '../shared/errors.ts'
import type { AppArgs, AppCommandName, AppReply, Source } from '../shared/ipc/app-contract.ts'
import type { DroppedItem } from './dropped.ts'

type Call = <C extends AppCommandName>(command: C, args: AppArgs<C>) => Promise<AppReply<C>>

const AT_ONCE = 4

/** The browser says "Failed to fetch" of both: a file that cannot be read any more, and a Holdfast that has gone. */
async function whyNotSent(file: File): Promise<HoldfastError> {
  const readable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false)
  return readable
    ? new HoldfastError('ENGINE_NOT_RUNNING', `The upload of ${JSON.stringify(file.name)} was cut off. Drop it again when Holdfast answers.`)
    : new HoldfastError('FILE_VANISHED', `${JSON.stringify(file.name)} cannot be read: it was moved, changed or deleted, or is not yours to read. Nothing of what it is in was taken; drop the rest again.`)
}

async function put(sourceId: string, path: string, file: File): Promise<void> {
  const url = `./upload/${encodeURIComponent(sourceId)}?path=${encodeURIComponent(path)}&modified=${file.lastModified}`
  const response = await fetch(url, { method: 'PUT', body: file, headers: { 'content-type': 'application/octet-stream' } }).catch(async () => {
    throw await whyNotSent(file)
  })
  if (response.ok) return
  const error = (await response.json().catch(() => null)) as ErrorData | null
  throw error?.code ? HoldfastError.from(error) : new HoldfastError('ENGINE_INTERNAL', `The upload was refused (${response.status}).`)
}

/** Streams one dropped thing to the application, a few files at once; the browser reads each from disk as it goes. */
export async function uploadItem(item: DroppedItem, call: Call): Promise<Source> {
  const size = item.files.reduce((sum, { file }) => sum + file.size, 0)
  const source = await call('source:begin-upload', { name: item.name, kind: item.kind, size, files: item.files.length })
  const queue = item.files.values()
  const lane = async (): Promise<void> => {
    for (const { path, file } of queue) await put(source.sourceId, path, file)
  }
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    return await call('source:finish-upload', { sourceId: source.sourceId })
  } catch (error) {
    await call('source:remove', { sourceId: source.sourceId }).catch(() => null)
    throw error
  }
}
