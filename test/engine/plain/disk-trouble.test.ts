import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { InlineLanes } from '../../../electron/engine/folder/inline-lanes.ts'
import type { Arrival, Arrivals } from '../../../electron/engine/plain/arrivals.ts'
import { FolderArrivals } from '../../../electron/engine/plain/folder-arrivals.ts'
import { HoldfastError } from '../../../shared/errors.ts'
import { InboxFixture } from './inbox-fixture.ts'

let fixture: InboxFixture

afterEach(() => fixture.close())

const full = () => new HoldfastError('DISK_FULL', 'The disk is full.')

/** A disk that is full beyond messages of so many bytes. */
class SmallDisk implements Arrivals {
  readonly #arrivals: Arrivals
  readonly #room: number

  constructor(arrivals: Arrivals, room: number) {
    this.#arrivals = arrivals
    this.#room = room
  }

  open = (key: string) => this.#arrivals.open(key)
  close = () => this.#arrivals.close()

  async create(): Promise<Arrival> {
    const arrival = await this.#arrivals.create()
    const room = this.#room
    return new Proxy(arrival, {
      get(target, key) {
        if (key === 'write') {
          return async (slices: readonly Uint8Array[]) => {
            if (target.bytes + slices.reduce((sum, slice) => sum + slice.length, 0) > room) throw full()
            await target.write(slices)
          }
        }
        const value: unknown = Reflect.get(target, key, target)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }
}

test('a full disk is reported, what was there before is safe, and the next connection is served', async () => {
  fixture = new InboxFixture({ framing: 'netstring', reply: 'ack' }, { arrivals: (folder) => new SmallDisk(new FolderArrivals(folder, new InlineLanes()), 10) })
  await fixture.listen()
  for (let round = 1; round <= 2; round += 1) {
    const client = await fixture.connect()
    await client.write(`5:hello,20:${'x'.repeat(20)},5:later,`)
    expect(await client.finish()).toBe('1:1,')
    const failed = await fixture.until('failed', round)
    expect(failed.at(-1)).toMatchObject({ path: expect.any(String) as string, error: { code: 'DISK_FULL' } })
    const done = await fixture.until('done', round)
    expect(done.at(-1)!.counts).toMatchObject({ files: 1, failed: 1 })
  }
  expect(Object.values(fixture.files())).toEqual(['hello', 'hello'])
  expect(fixture.staged()).toEqual([])
})

test('a flush that fails confirms nothing, and the repeat is taken', async () => {
  let flushes = 0
  class FailingOnce extends InlineLanes {
    override flush: InlineLanes['flush'] = async () => {
      flushes += 1
      if (flushes === 1) throw full()
    }
  }
  fixture = new InboxFixture({ framing: 'netstring', reply: 'ack', ids: true }, { arrivals: (folder) => new FolderArrivals(folder, new FailingOnce()) })
  await fixture.listen()
  const first = await fixture.connect()
  await first.write('13:\0\0\0\0\0\0\0\x01hello,')
  expect(await first.finish()).toBe('')
  const second = await fixture.connect()
  await second.write('13:\0\0\0\0\0\0\0\x01hello,')
  expect(await second.finish()).toBe('1:1,')
  expect(Object.values(fixture.files())).toEqual(['hello'])
  const [failed] = await fixture.until('failed')
  expect(failed).toMatchObject({ path: '000001', error: { code: 'DISK_FULL' } })
  expect(fixture.staged()).toEqual([])
})

test('a receive folder that was taken away is not made again', async () => {
  fixture = await new InboxFixture({ framing: 'netstring', reply: 'ack' }).listen()
  rmSync(join(fixture.folder, '.holdfast'), { recursive: true })
  const client = await fixture.connect()
  await client.write('5:hello,')
  expect(await client.finish()).toBe('')
  const [failed] = await fixture.until('failed')
  expect(failed!.error).toMatchObject({ code: 'FOLDER_MISSING', message: expect.stringContaining('must be sent again') as string })
  expect(fixture.files()).toEqual({})
})
