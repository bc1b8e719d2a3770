import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { PackBuilder } from '../protocol/pack-builder.ts'
import { writeBlake3 } from '../util/digest.ts'
import { errnoOf } from './disk-errors.ts'
import type { ReadOutcome, ReadPackJob, ReadPackResult } from './ports.ts'
import { NO_FOLLOW } from './resolve-inside.ts'
import { isExecutable, sameStamp, stampOf } from './stamps.ts'

/** O_NONBLOCK: a FIFO that took the file's place must not hold the lane up. */
export const READ_FLAGS = constants.O_RDONLY | NO_FOLLOW | (constants.O_NONBLOCK ?? 0)

/** Of a file whose size, as the system gives it, is not that of its content: files below /proc and /sys are made while they are read. */
export const UNTRUE_SIZE = 'Its content is longer or shorter than the size that the system gives it. Copy it, and send the copy.'

const beyondEnd = Buffer.alloc(1)

/** Reads small files into one pack body. The caller has chosen files that fit; one that is not what was scanned is left out. */
export function packFiles(job: ReadPackJob): ReadPackResult {
  const bytes = Buffer.from(job.buffer)
  if (job.files.length === 0) return { length: 0, outcomes: [] }
  const pack = new PackBuilder(bytes, job.offset, job.transfer, job.files.length)
  const outcomes = job.files.map((file): ReadOutcome => {
    let descriptor: number
    try {
      descriptor = openSync(file.source, READ_FLAGS)
    } catch (error) {
      return unreadable(error)
    }
    try {
      return packFile(pack, bytes, descriptor, file)
    } catch (error) {
      return unreadable(error)
    } finally {
      closeSync(descriptor)
    }
  })
  return { length: pack.finish(), outcomes }
}

function packFile(pack: PackBuilder, bytes: Buffer, descriptor: number, file: ReadPackJob['files'][number]): ReadOutcome {
  const { size } = file.stamp
  if (size > pack.room) throw new RangeError('these files do not fit one pack')
  const start = pack.dataAt
  const length = readUpTo(descriptor, bytes, start, size)
  // As it was scanned, after it was read: then it was the same all the time between.
  const now = fstatSync(descriptor)
  if (!now.isFile()) return { kind: 'unreadable', message: 'It is no regular file any more.' }
  if (!sameStamp(stampOf(descriptor, now), file.stamp)) {
    return { kind: 'changed', stamp: stampOf(descriptor, now), executable: isExecutable(now) }
  }
  if (length !== size) return { kind: 'unreadable', message: UNTRUE_SIZE }
  writeBlake3(bytes.subarray(start, start + length), bytes, pack.add(file.file, file.attempt, length))
  return { kind: 'packed' }
}

/** More than `size` when it is 0 and there is something. */
function readUpTo(descriptor: number, bytes: Buffer, at: number, size: number): number {
  let length = 0
  try {
    if (size === 0) return readSync(descriptor, beyondEnd, 0, 1, 0)
    while (length < size) {
      const read = readSync(descriptor, bytes, at + length, size - length, length)
      if (read === 0) break
      length += read
    }
  } catch (error) {
    // What else it is now is said by who looks at it next.
    if (fstatSync(descriptor).isFile()) throw error
  }
  return length
}

function unreadable(error: unknown): ReadOutcome {
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'vanished', message: 'It is not there any more.' }
    case 'EACCES':
    case 'EPERM':
      return { kind: 'unreadable', message: 'Reading it is not permitted.' }
    case 'ELOOP':
      return { kind: 'unreadable', message: 'A symbolic link took its place.' }
    default:
      return { kind: 'unreadable', message: `It can't be read (${errno}).` }
  }
}
