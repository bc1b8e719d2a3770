import { expect, test } from 'vitest'
import { SeenIds } from '../../../electron/engine/plain/seen-ids.ts'

const work = async () => 'done'

test('the memory of ids is bounded, and a repeat makes an id new again', async () => {
  const seen = new SeenIds(3)
  for (const id of [1n, 2n, 3n]) expect(await seen.once(id, 'a', work)).toBe('done')
  expect(await seen.once(1n, 'a', work)).toBe('repeat')
  expect(await seen.once(4n, 'a', work)).toBe('done')
  expect(seen.size).toBe(3)
  expect(await seen.once(1n, 'a', work)).toBe('repeat')
  expect(await seen.once(2n, 'a', work)).toBe('done')
})

test('a repeat waits for the first, and takes over when that failed', async () => {
  const seen = new SeenIds()
  let fail: (error: Error) => void = () => undefined
  const first = seen.once(1n, 'a', () => new Promise<string>((_, reject) => (fail = reject)))
  const others = [seen.once(1n, 'a', work), seen.once(1n, 'a', work)]
  fail(new Error('disk full'))
  await expect(first).rejects.toThrow('disk full')
  expect(await Promise.all(others)).toEqual(['done', 'repeat'])
})
