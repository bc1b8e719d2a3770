import { closeSync, constants, openSync, unlinkSync, writeSync } from 'node:fs'
import { readPack } from '../protocol/bulk.ts'
import { hasBlake3 } from '../util/digest.ts'
import { diskProblem, errnoOf, type DiskProblem } from './disk-errors.ts'
import { setTimes } from './file-times.ts'
import type { WriteOutcome, WritePackJob } from './ports.ts'
import { ensureStaging, stagedPaths } from './staging.ts'

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL

/**
 * Verifies each file of a pack and writes it whole into staging; what does not verify never touches the disk. Not durable
 * before `flush`. A staged file of the same number, left from another attempt, is replaced.
 */
export function stagePack(job: WritePackJob): WriteOutcome[] {
  const bytes = Buffer.from(job.buffer)
  const { entries } = readPack(bytes, job.offset, job.length)
  if (entries.length !== job.files.length) throw new RangeError('a pack has as many entries as it was announced to have')
  const staged = stagedPaths(job.place)
  let problem: DiskProblem | undefined
  try {
    ensureStaging(job.place)
  } catch (error) {
    problem = diskProblem(error, job.place.root)
  }
  return entries.map((entry, index): WriteOutcome => {
    const wanted = job.files[index]
    if (!wanted) return { kind: 'ignored' }
    // What stopped one file (a full disk, a missing folder) would stop the next.
    if (problem) return problem
    const content = bytes.subarray(entry.at, entry.at + entry.length)
    if (!hasBlake3(content, entry.digest)) return { kind: 'bad-digest' }
    try {
      stage(staged(entry.file), content, wanted.mtimeMs, wanted.executable)
      return { kind: 'staged' }
    } catch (error) {
      problem = diskProblem(error, job.place.root)
      return problem
    }
  })
}

function stage(path: string, content: Buffer, mtimeMs: number, executable: boolean): void {
  const descriptor = openNew(path, executable ? 0o755 : 0o644)
  try {
    for (let written = 0; written < content.length; ) written += writeSync(descriptor, content, written, content.length - written)
    setTimes(descriptor, mtimeMs)
  } catch (error) {
    unlinkSync(path)
    throw error
  } finally {
    closeSync(descriptor)
  }
}

/** Exclusive, so that neither a link nor an old staged file is written through. The mode is masked by the umask. */
function openNew(path: string, mode: number): number {
  try {
    return openSync(path, CREATE, mode)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
    unlinkSync(path)
    return openSync(path, CREATE, mode)
  }
}
