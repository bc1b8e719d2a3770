import { expect, test } from 'vitest'
import { detached } from '../../../electron/engine/transfer/detached.ts'

test('an error of work nobody waits for is told, to the next when telling fails, and never escapes', async () => {
  const told: string[] = []
  const note = (name: string) => (error: unknown) => void told.push(`${name}: ${(error as Error).message}`)
  const broken = (error: unknown) => {
    throw new Error(`${(error as Error).message}, and could not be told`)
  }
  detached(Promise.resolve(), note('none'))
  detached(Promise.reject(new Error('one')), note('first'), note('second'))
  detached(Promise.reject(new Error('two')), broken, note('second'))
  detached(Promise.reject(new Error('three')), broken)
  await new Promise((resolve) => setImmediate(resolve))
  expect(told).toEqual(['first: one', 'second: two, and could not be told'])
})
