import { expect, test } from 'vitest'
import { Output } from '../../electron/cli/output.ts'
import { liveLine, logLine } from '../../electron/cli/progress-line.ts'
import { progressView } from '../../electron/cli/progress-view.ts'
import { textWidth } from '../../electron/cli/text-width.ts'
import { TransferReporter } from '../../electron/cli/transfer-reporter.ts'
import { DEVICE_B, fakeTransfer } from '../support/fake-engine.ts'
import { summaryText } from '../../electron/cli/transfer-text.ts'
import { FakeIo } from './fake-io.ts'

const half = fakeTransfer({ bytes: 50, files: 3, totalFiles: 10, bytesPerSecond: 12_000_000, timeLeftMs: 72_000 })

test('a live line has bar, speed, time left, files and troubles, and fits', () => {
  const counters = { ...half.counters, retries: 2, duplicates: 1 }
  const line = liveLine({ ...half, counters }, 120, false, 0)
  expect(line).toMatch(/^→ there {2}█+░+ {2}50% {2}12.0 MB\/s {2}1:12 left {2}3\/10 files {2}2 retries {2}1 duplicate$/)
  for (const width of [1, 5, 20, 40, 60, 80, 120, 300]) expect(textWidth(liveLine(half, width, false, 0))).toBeLessThanOrEqual(width)
  expect(liveLine(half, 30, false, 0)).not.toContain('█')
  expect(liveLine({ ...half, deviceName: '\x1b[2Jevil' }, 100, false, 0)).not.toContain('\x1b')
  expect(liveLine(half, 100, true, 0)).toContain('\x1b[36m')
})

test('a wait says why and until when', () => {
  const state = { kind: 'connecting', error: { code: 'NET_LOST', message: 'The connection was lost.' }, retryAtMs: 5_000 } as const
  expect(logLine({ ...half, state }, 3_000)).toBe('Sending to there: 50 B of 100 B, 50%, The connection was lost. Again in 2.0 s, 3/10 files')
})

test('on a terminal the lines are rewritten and other text goes above them', async () => {
  const io = new FakeIo()
  io.stderr.isTerminal = true
  io.env['NO_COLOR'] = '1'
  const output = new Output(io.stdout, io.stderr, false)
  const view = progressView(io, output)
  view.show(half)
  const drawn = io.stderr.text
  expect(drawn).toMatch(/^→ .*\n$/)
  view.show({ ...half, bytes: 60 })
  expect(io.stderr.text).toBe(drawn)
  await io.clock.advance(150)
  expect(io.stderr.text.slice(drawn.length)).toMatch(/^\x1b\[1A\r\x1b\[J→ .*60%.*\n$/)
  io.stderr.text = ''
  output.say('hello')
  expect(io.stderr.text).toMatch(/^\x1b\[1A\r\x1b\[Jhello\n→ .*\n$/)
  io.stderr.text = ''
  view.close()
  expect(io.stderr.text).toBe('\x1b[1A\r\x1b[J')
  output.say('bye')
  expect(io.stderr.text.endsWith('bye\n')).toBe(true)
})

test('elsewhere a plain line now and then, and none beside JSON', async () => {
  for (const json of [false, true]) {
    const io = new FakeIo()
    const view = progressView(io, new Output(io.stdout, io.stderr, json))
    for (let i = 0; i < 11; i++) {
      view.show(half)
      await io.clock.advance(1_000)
    }
    expect(io.stderr.text.split('\n').filter((line) => line !== '')).toHaveLength(json ? 0 : 2)
    expect(io.stderr.text).not.toContain('\x1b')
  }
})

test('progress comes at most five times a second, the last word before done, done once', async () => {
  const io = new FakeIo()
  const output = new Output(io.stdout, io.stderr, true)
  const reporter = new TransferReporter(output, progressView(io, output), io.clock)
  for (let bytes = 0; bytes < 100; bytes++) {
    reporter.changed(fakeTransfer({ bytes }))
    await io.clock.advance(10)
  }
  await io.clock.advance(1_000)
  expect(io.stdout.named('progress').map((event) => event['bytes'])).toEqual([0, 19, 39, 59, 79, 99])
  const counters = { retries: 1, duplicates: 2, resentBlocks: 3, resumedBytes: 4, skipped: 5, failed: 1 }
  const ended = fakeTransfer({ bytes: 100, files: 2, totalFiles: 2, state: { kind: 'finished', complete: false }, counters })
  reporter.changed(ended)
  reporter.changed(ended)
  await io.clock.advance(1_000)
  expect(io.stdout.events.slice(-2)).toEqual([
    { event: 'progress', transferId: ended.id, deviceId: DEVICE_B, bytes: 100, totalBytes: 100, files: 2, totalFiles: 2 },
    {
      event: 'done',
      transferId: ended.id,
      deviceId: DEVICE_B,
      files: 1,
      bytes: 100,
      seconds: 1.5,
      resumedBytes: 4,
      resentBlocks: 3,
      duplicates: 2,
      retries: 1,
      skipped: 5,
      identical: 0,
      failed: 1,
    },
  ])
})

test('facts wait for the name of the device that answers', () => {
  const io = new FakeIo()
  const output = new Output(io.stdout, io.stderr, true)
  const reporter = new TransferReporter(output, progressView(io, output), io.clock)
  const { id } = fakeTransfer()
  reporter.changed(fakeTransfer({ deviceId: '127.0.0.1:1' }))
  reporter.files({ transferId: id, deviceId: '127.0.0.1:1', direction: 'send', items: [{ kind: 'skipped', path: 'p', reason: 'a pipe' }] })
  expect(io.stdout.text).toBe('')
  reporter.changed(fakeTransfer())
  expect(io.stdout.events).toMatchObject([{ event: 'skipped', deviceId: DEVICE_B, path: 'p' }, { event: 'progress', deviceId: DEVICE_B }])
})

test('what failed is named to people up to twenty times', () => {
  const io = new FakeIo()
  const output = new Output(io.stdout, io.stderr, true)
  const reporter = new TransferReporter(output, progressView(io, output), io.clock)
  const { id } = fakeTransfer()
  reporter.changed(fakeTransfer())
  const items = Array.from({ length: 30 }, (_, i) => ({ kind: 'failed', path: `bad\n${i}`, code: 'DISK_ERROR', message: 'no' }) as const)
  reporter.files({ transferId: id, deviceId: DEVICE_B, direction: 'send', items })
  reporter.changed(fakeTransfer({ state: { kind: 'finished', complete: false } }))
  expect(io.stdout.named('failed')).toHaveLength(30)
  expect(io.stdout.named('failed')[3]).toMatchObject({ path: 'bad\n3', code: 'DISK_ERROR', message: 'no' })
  const lines = io.stderr.text.split('\n')
  expect(lines.filter((line) => line.startsWith('Failed bad\\n'))).toHaveLength(20)
  expect(lines).toContain('and 10 more')
})

test('what was there already is told apart from what was skipped', () => {
  const done = fakeTransfer({ state: { kind: 'finished', complete: true }, files: 10, totalFiles: 10, bytes: 100, totalBytes: 100, activeMs: 2_000 })
  const some = { ...done, counters: { ...done.counters, skipped: 5, identical: 4, identicalBytes: 40 } }
  expect(summaryText(some)).toBe('Delivered 6 files, 60 B to there in 2.0 s (30 B/s), 4 files (40 B) already there, 1 skipped')
  const all = { ...done, counters: { ...done.counters, skipped: 10, identical: 10, identicalBytes: 100 } }
  expect(summaryText(all)).toBe('Nothing new for there in 2.0 s, 10 files (100 B) already there')
  const io = new FakeIo()
  const output = new Output(io.stdout, io.stderr, true)
  const reporter = new TransferReporter(output, progressView(io, output), io.clock)
  reporter.changed(some)
  expect(io.stdout.named('done')).toMatchObject([{ files: 10, bytes: 100, skipped: 5, identical: 4 }])
})

test('scripts are told of a wait when it begins, and why', () => {
  const io = new FakeIo()
  const output = new Output(io.stdout, io.stderr, true)
  const reporter = new TransferReporter(output, progressView(io, output), io.clock)
  const space = { kind: 'waiting-for-space', neededBytes: 2_000, freeBytes: 1_000 } as const
  for (const state of [half.state, space, space, half.state, space]) reporter.changed({ ...half, state })
  const message = 'waiting for space: needs 2.00 kB, 1.00 kB free'
  expect(io.stdout.named('waiting')).toEqual([1, 2].map(() => ({ event: 'waiting', transferId: half.id, deviceId: DEVICE_B, state: 'waiting-for-space', message })))
  reporter.close()
})
