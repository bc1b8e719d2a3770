import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { SpillFile } from '../../electron/cli/spill-file.ts'
import { StreamSink } from '../../electron/cli/stream-sink.ts'

/** A reader that takes nothing until it is told to. */
class SlowReader extends Writable {
  #chunks: Buffer[] = []
  #waiting: (() => void) | undefined
  open = false

  get read(): string {
    return Buffer.concat(this.#chunks).toString()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#chunks.push(chunk)
    if (this.open) setImmediate(done)
    else this.#waiting = done
  }

  go(): void {
    this.open = true
    this.#waiting?.()
  }
}

const lines = Array.from({ length: 60_000 }, (_, i) => `line ${i} ${'ü'.repeat(20)}\n`)

test('a slow reader gets everything, in order, while memory stays bounded', async () => {
  const reader = new SlowReader()
  const spills: SpillFile[] = []
  const sink = new StreamSink(reader, () => {
    const spill = new SpillFile()
    spills.push(spill)
    return spill
  })
  for (const line of lines) sink.write(line)
  expect(spills).toHaveLength(1)
  expect(spills[0]?.length).toBeGreaterThan(1_000_000)
  expect(reader.writableLength).toBeLessThan(100_000)
  const flushed = sink.flush()
  reader.go()
  await flushed
  expect(reader.read).toBe(lines.join(''))
  sink.write('after\n')
  await sink.flush()
  expect(reader.read.endsWith('after\n')).toBe(true)
})

test('without room on disk it uses memory', async () => {
  const reader = new SlowReader()
  const sink = new StreamSink(reader, () => {
    throw new Error('ENOSPC')
  })
  for (const line of lines) sink.write(line)
  reader.go()
  await sink.flush()
  expect(reader.read).toBe(lines.join(''))
})

test('a reader that has gone away is no error', async () => {
  const reader = new SlowReader()
  const sink = new StreamSink(reader)
  for (const line of lines) sink.write(line)
  const flushed = sink.flush()
  reader.destroy(new Error('EPIPE'))
  await flushed
  sink.write('more')
  await sink.flush()
})
