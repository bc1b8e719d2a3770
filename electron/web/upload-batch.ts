import type { IncomingMessage } from 'node:http'
import { HoldfastError, toErrorData } from '../../shared/errors.ts'
import type { Source } from '../../shared/ipc/app-contract.ts'
import { BATCH_MAX_BYTES, type BatchReply } from '../../shared/ipc/upload-batch.ts'
import type { Application } from '../application/application.ts'
import { BatchDecoder, type BatchFile } from './batch-decoder.ts'
import { announcedLength } from './upload-request.ts'

/** Files that are written side by side; the body waits while there are as many. */
const WRITES_AT_ONCE = 8

/**
 * Many small files in one body, as shared/ipc/upload-batch.ts says. A file that cannot be taken is named in the reply, and
 * the rest is taken. Throws USAGE_INVALID, DISK_FULL, or what the body throws when it is cut off: the files before stay.
 *
 * @param sourceId undefined: loose files, each a source of its own
 */
export async function takeBatch(application: Application, home: string, request: IncomingMessage, sourceId: string | undefined): Promise<BatchReply> {
  const length = await announcedLength(home, request)
  if (length > BATCH_MAX_BYTES) throw new HoldfastError('USAGE_INVALID', 'A batch of that size is not taken.')
  const failed: BatchReply['failed'][number][] = []
  const sources: Source[] = []
  const take = async ({ name, bytes, modifiedMs }: BatchFile, index: number): Promise<void> => {
    try {
      if (name === undefined) throw new HoldfastError('USAGE_INVALID', 'A file has a name that is no text, so it cannot be taken.')
      if (sourceId === undefined) sources.push(await application.uploadLoose(name, bytes, modifiedMs))
      else await application.uploadSmall(sourceId, name, bytes, modifiedMs)
    } catch (error) {
      failed.push({ index, error: toErrorData(error) })
    }
  }
  const decoder = new BatchDecoder()
  const writing = new Set<Promise<void>>()
  let index = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      for (const file of decoder.push(chunk)) {
        const work: Promise<void> = take(file, index++).finally(() => writing.delete(work))
        writing.add(work)
        if (writing.size >= WRITES_AT_ONCE) await Promise.race(writing)
      }
    }
    decoder.end()
  } finally {
    await Promise.all(writing)
  }
  return { failed: failed.sort((a, b) => a.index - b.index), sources }
}
