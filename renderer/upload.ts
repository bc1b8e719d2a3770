import { HoldfastError, toErrorData, type ErrorData } from '../shared/errors.ts'
import type { AppArgs, AppCommandName, AppReply, Source } from '../shared/ipc/app-contract.ts'
import type { BatchReply } from '../shared/ipc/upload-batch.ts'
import type { Dropped, DroppedFile, DroppedItem } from './dropped.ts'
import { packBatch } from './pack-batch.ts'
import { UploadFailures } from './upload-failures.ts'
import { isSmall, planUpload, type UploadJob } from './upload-plan.ts'

type Call = <C extends AppCommandName>(command: C, args: AppArgs<C>) => Promise<AppReply<C>>

/** Requests of one dropped thing under way. */
const AT_ONCE = 3
/** Dropped things that are uploaded side by side. A browser makes six requests to one address at most. */
const ITEMS_AT_ONCE = 2

/** Why one file stays behind while the rest goes on; anything else ends the upload. */
const OF_ONE_FILE = new Set<string>(['USAGE_INVALID', 'FILE_VANISHED', 'FILE_UNREADABLE', 'PATH_NOT_FOUND', 'PATH_NO_PERMISSION'])

function isOfOneFile({ code }: HoldfastError): boolean {
  return OF_ONE_FILE.has(code)
}

/** The browser says "Failed to fetch" of both: a file that cannot be read any more, and a Holdfast that has gone. */
async function whyNotSent(file: File): Promise<HoldfastError> {
  const readable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false)
  return readable ? cutOff(file.name) : cannotRead(file.name)
}

function cutOff(name: string): HoldfastError {
  return new HoldfastError('ENGINE_NOT_RUNNING', `The upload of ${JSON.stringify(name)} was cut off. Drop it again when Holdfast answers.`)
}

function cannotRead(name: string): HoldfastError {
  return new HoldfastError('FILE_VANISHED', `${JSON.stringify(name)} was left out: it was moved, changed or deleted, or is not yours to read.`)
}

async function answerOf(response: Response): Promise<HoldfastError> {
  const error = (await response.json().catch(() => null)) as ErrorData | null
  return error?.code ? HoldfastError.from(error) : new HoldfastError('ENGINE_INTERNAL', `The upload was refused (${response.status}).`)
}

const STREAM = { 'content-type': 'application/octet-stream' }

async function putFile(sourceId: string, { path, file }: DroppedFile): Promise<void> {
  const url = `./upload/${encodeURIComponent(sourceId)}?path=${encodeURIComponent(path)}&modified=${file.lastModified}`
  const response = await fetch(url, { method: 'PUT', body: file, headers: STREAM }).catch(async () => {
    throw await whyNotSent(file)
  })
  if (!response.ok) throw await answerOf(response)
}

/** The sources that a batch of loose files became. What stays behind of it is told to `leave`. */
async function putBatch(sourceId: string | null, files: readonly DroppedFile[], leave: (error: HoldfastError) => void): Promise<readonly Source[]> {
  const { body, packed, unreadable } = await packBatch(files)
  for (const { file } of unreadable) leave(cannotRead(file.name))
  const [first] = packed
  if (!first) return []
  const url = sourceId === null ? './upload-batch' : `./upload-batch/${encodeURIComponent(sourceId)}`
  const response = await fetch(url, { method: 'PUT', body, headers: STREAM }).catch(() => {
    throw cutOff(first.file.name)
  })
  if (!response.ok) throw await answerOf(response)
  const { failed, sources } = (await response.json()) as BatchReply
  for (const { index, error } of failed) {
    const name = JSON.stringify(packed[index]?.path ?? '')
    const ours = HoldfastError.from({ ...error, message: `${name} was left out: ${error.message}` })
    if (!isOfOneFile(ours)) throw ours
    leave(ours)
  }
  return sources
}

/** Works off the jobs, a few at once. The first failure ends the others as soon as theirs are done, and is thrown. */
async function inLanes<T>(jobs: Iterable<T>, lanes: number, work: (job: T) => Promise<void>): Promise<void> {
  const queue = jobs[Symbol.iterator]()
  let failure: Error | undefined
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); !failure && !next.done; next = queue.next()) {
      await work(next.value).catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error))
      })
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  if (failure) throw failure
}

/** One folder, or one large file. Undefined when nothing of it could be read. */
async function uploadItem(item: DroppedItem, call: Call, failures: UploadFailures): Promise<Source | undefined> {
  const size = item.files.reduce((sum, { file }) => sum + file.size, 0)
  const { sourceId } = await call('source:begin-upload', { name: item.name, kind: item.kind, size, files: item.files.length })
  let leftOut = 0
  const leave = (error: HoldfastError): void => {
    leftOut += 1
    failures.add(error)
  }
  const send = async (job: UploadJob): Promise<void> => {
    if (job.kind === 'batch') return void (await putBatch(sourceId, job.files, leave))
    await putFile(sourceId, job.file).catch((error: unknown) => {
      if (!(error instanceof HoldfastError && isOfOneFile(error))) throw error
      leave(error)
    })
  }
  const remove = (): Promise<unknown> => call('source:remove', { sourceId }).catch(() => null)
  try {
    await inLanes(planUpload(item.files), AT_ONCE, send)
    if (leftOut === 0 || leftOut < item.files.length) return await call('source:finish-upload', { sourceId, ...(leftOut > 0 ? { leftOut } : {}) })
  } catch (error) {
    await remove()
    throw error
  }
  await remove()
  return undefined
}

/**
 * Streams what was dropped to the application: small files many in a request, larger ones each in its own, which the
 * browser reads from disk as it goes. What can be read arrives; then it throws what could not be, if anything.
 */
export async function uploadDropped({ items, unreadable }: Dropped, call: Call, isOnline: () => boolean): Promise<readonly Source[]> {
  const sources: Source[] = []
  const failures = new UploadFailures()
  for (const error of unreadable) failures.add(error)
  const isLoose = ({ kind, files }: DroppedItem): boolean => kind === 'file' && files.every(isSmall)
  const loose = items.filter(isLoose).flatMap((item) => item.files)
  const tried = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      const ours = HoldfastError.from(toErrorData(error))
      failures.add(ours)
      if (!isOnline()) throw ours
    }
  }
  const sendLoose = async (job: UploadJob): Promise<void> => {
    if (job.kind === 'batch') sources.push(...(await putBatch(null, job.files, (error) => failures.add(error))))
  }
  const sendItem = (item: DroppedItem): Promise<void> =>
    tried(async () => {
      const source = await uploadItem(item, call, failures)
      if (source) sources.push(source)
    })
  await tried(() => inLanes(planUpload(loose), AT_ONCE, sendLoose))
    .then(() => inLanes(items.filter((item) => !isLoose(item)), ITEMS_AT_ONCE, sendItem))
    .catch(() => undefined)
  if (failures.error) throw failures.error
  return sources
}
