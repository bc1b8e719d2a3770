import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readPack } from '../../../electron/engine/protocol/bulk.ts'
import { BULK_BUFFER_BYTES, FRAME_HEADER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { ProtocolError } from '../../../electron/engine/protocol/protocol-error.ts'
import type { ReadPackJob } from '../../../electron/engine/folder/ports.ts'
import { packFiles } from '../../../electron/engine/folder/read-pack.ts'
import { stagedPath } from '../../../electron/engine/folder/staging.ts'
import { stampOfPath } from '../../../electron/engine/folder/stamps.ts'
import { stagePack } from '../../../electron/engine/folder/write-pack.ts'
import { packOf, plant, receivePlace, temporaryFolder, TRANSFER } from './place.ts'

const WANTED = { mtimeMs: 1_600_000_000_123, executable: false }

function readJob(root: string, names: readonly string[]): ReadPackJob {
  return {
    transfer: Buffer.from(TRANSFER, 'hex'),
    buffer: new SharedArrayBuffer(BULK_BUFFER_BYTES),
    offset: FRAME_HEADER_BYTES,
    files: names.map((name, file) => ({ file, attempt: file + 10, source: join(root, name), stamp: stampOfPath(join(root, name), lstatSync(join(root, name))) })),
  }
}

function contents(job: ReadPackJob, length: number): [number, number, string][] {
  const bytes = Buffer.from(job.buffer)
  return readPack(bytes, job.offset, length).entries.map((entry) => [entry.file, entry.attempt, bytes.toString('utf8', entry.at, entry.at + entry.length)])
}

describe('packFiles', () => {
  it('packs what was scanned, the empty file too', () => {
    const root = temporaryFolder()
    plant(root, { a: 'alpha', b: '', c: 'gamma' })
    const job = readJob(root, ['a', 'b', 'c'])
    const { length, outcomes } = packFiles(job)
    expect(outcomes).toEqual([{ kind: 'packed' }, { kind: 'packed' }, { kind: 'packed' }])
    expect(contents(job, length)).toEqual([[0, 10, 'alpha'], [1, 11, ''], [2, 12, 'gamma']])
  })

  it('leaves out what changed, vanished or became something else, and packs the rest', () => {
    const root = temporaryFolder()
    plant(root, { a: 'alpha', b: 'beta', c: 'gamma', d: 'delta', e: 'epsilon' })
    const job = readJob(root, ['a', 'b', 'c', 'd', 'e'])
    appendFileSync(join(root, 'a'), '!')
    unlinkSync(join(root, 'b'))
    renameSync(join(root, 'c'), join(root, 'c2'))
    symlinkSync('c2', join(root, 'c'))
    rmSync(join(root, 'd'))
    mkdirSync(join(root, 'd'))
    const { length, outcomes } = packFiles(job)
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['changed', 'vanished', 'unreadable', 'unreadable', 'packed'])
    expect(outcomes[0]).toMatchObject({ stamp: { size: 6 } })
    expect(contents(job, length)).toEqual([[4, 14, 'epsilon']])
  })

  it.skipIf(process.platform !== 'linux')('does not take the size that the system gives its own files for the truth', () => {
    const root = temporaryFolder()
    plant(root, { a: 'alpha' })
    const { length, outcomes } = packFiles(readJob('/', ['proc/version', 'sys/kernel/mm/transparent_hugepage/enabled', join(root, 'a')]))
    expect(outcomes).toMatchObject([{ kind: 'unreadable', message: expect.stringMatching(/longer or shorter/) }, { kind: 'unreadable' }, { kind: 'packed' }])
    expect(length).toBeGreaterThan(0)
  })

  it.skipIf(process.platform === 'win32')('is not held up by a FIFO that took a file’s place', () => {
    const root = temporaryFolder()
    plant(root, { a: 'alpha' })
    const job = readJob(root, ['a'])
    unlinkSync(join(root, 'a'))
    execFileSync('mkfifo', [join(root, 'a')])
    expect(packFiles(job)).toMatchObject({ length: 0, outcomes: [{ kind: 'unreadable' }] })
  })

  it('notices a file replaced by one of the same size and time', () => {
    const root = temporaryFolder()
    plant(root, { a: 'alpha', b: 'ahpla' })
    const job = readJob(root, ['a'])
    utimesSync(join(root, 'b'), new Date(job.files[0]?.stamp.mtimeMs ?? 0), new Date(job.files[0]?.stamp.mtimeMs ?? 0))
    renameSync(join(root, 'b'), join(root, 'a'))
    expect(packFiles(job).outcomes[0]?.kind).toBe('changed')
  })
})

describe('stagePack', () => {
  it('stages content, time and mode', () => {
    const { place } = receivePlace()
    const pack = packOf([{ file: 3, content: 'hello' }, { file: 9, content: '' }])
    expect(stagePack({ place, ...pack, files: [WANTED, { mtimeMs: -1, executable: true }] })).toEqual([{ kind: 'staged' }, { kind: 'staged' }])
    expect(readFileSync(stagedPath(place, 3), 'utf8')).toBe('hello')
    const [plain, program] = [lstatSync(stagedPath(place, 3)), lstatSync(stagedPath(place, 9))]
    expect([Math.floor(plain.mtimeMs), Math.floor(program.mtimeMs)]).toEqual([WANTED.mtimeMs, -1])
    if (process.platform !== 'win32') expect([plain.mode & 0o100, program.mode & 0o100]).toEqual([0, 0o100])
  })

  it('writes nothing that does not verify or is not wanted', () => {
    const { place } = receivePlace()
    const pack = packOf([{ file: 0, content: 'bad', digest: new Uint8Array(32) }, { file: 1, content: 'unwanted' }, { file: 2, content: 'good' }])
    expect(stagePack({ place, ...pack, files: [WANTED, undefined, WANTED] }).map((outcome) => outcome.kind)).toEqual(['bad-digest', 'ignored', 'staged'])
    expect([0, 1, 2].map((file) => existsSync(stagedPath(place, file)))).toEqual([false, false, true])
  })

  it('replaces what another attempt staged, and never writes through a link', () => {
    const { place, outside } = receivePlace()
    stagePack({ place, ...packOf([{ file: 0, content: 'first attempt' }]), files: [WANTED] })
    plant(outside, { victim: 'untouched' })
    symlinkSync(join(outside, 'victim'), stagedPath(place, 1))
    const outcomes = stagePack({ place, ...packOf([{ file: 0, content: 'second' }, { file: 1, content: 'x' }]), files: [WANTED, WANTED] })
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['staged', 'staged'])
    expect([readFileSync(stagedPath(place, 0), 'utf8'), readFileSync(stagedPath(place, 1), 'utf8')]).toEqual(['second', 'x'])
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('untouched')
  })

  it('takes times no volume can hold without losing the content', () => {
    const { place } = receivePlace()
    const times = [Number.MAX_VALUE, -Number.MAX_VALUE, NaN, Infinity]
    const pack = packOf(times.map((_, file) => ({ file, content: String(file) })))
    expect(stagePack({ place, ...pack, files: times.map((mtimeMs) => ({ mtimeMs, executable: false })) }).every(({ kind }) => kind === 'staged')).toBe(true)
  })

  it('does not make a receive folder again that is gone', () => {
    const { place, root } = receivePlace()
    rmSync(root, { recursive: true })
    const pack = packOf([{ file: 0, content: 'x' }])
    expect(stagePack({ place, ...pack, files: [WANTED] })).toMatchObject([{ kind: 'error', code: 'FOLDER_MISSING' }])
    expect(existsSync(root)).toBe(false)
    // A mount point without its disk: the folder is there, what the engine left in it is not.
    mkdirSync(root)
    expect(stagePack({ place, ...pack, files: [WANTED] })).toMatchObject([{ kind: 'error', code: 'FOLDER_MISSING' }])
    expect(existsSync(join(root, '.holdfast'))).toBe(false)
  })

  it('does not stage through an engine folder that became a link', () => {
    const { place, root, outside } = receivePlace()
    rmSync(join(root, '.holdfast/staging'), { recursive: true })
    symlinkSync(outside, join(root, '.holdfast/staging'))
    expect(stagePack({ place, ...packOf([{ file: 0, content: 'x' }]), files: [WANTED] })).toMatchObject([{ kind: 'error', code: 'DISK_ERROR' }])
    expect(existsSync(join(outside, TRANSFER))).toBe(false)
  })

  it('refuses a pack that lies about itself', () => {
    const { place } = receivePlace()
    const pack = packOf([{ file: 0, content: 'x' }])
    writeFileSync(join(place.root, 'unrelated'), '')
    expect(() => stagePack({ place, ...pack, length: pack.length - 1, files: [WANTED] })).toThrow(ProtocolError)
    expect(() => stagePack({ place, ...pack, files: [WANTED, WANTED] })).toThrow(RangeError)
  })
})
