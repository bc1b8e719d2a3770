import { getPriority } from 'node:os'
import { Worker } from 'node:worker_threads'
import { once } from 'node:events'
import { expect, test } from 'vitest'

const GIVE_WAY = new URL('../../../electron/engine/util/give-way.ts', import.meta.url).href

/** Tells its own priority, and that of a thread it starts then. */
const CODE = `
  const { getPriority } = require('node:os')
  const { parentPort, Worker } = require('node:worker_threads')
  import(${JSON.stringify(GIVE_WAY)}).then(({ giveWay }) => {
    giveWay()
    const inner = new Worker("require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority())", { eval: true })
    inner.once('message', (priority) => parentPort.postMessage([getPriority(), priority]))
  })
`

test.skipIf(process.platform !== 'linux')('a thread gives way, with those it starts, and the window’s does not', async () => {
  const before = getPriority()
  const worker = new Worker(CODE, { eval: true })
  const [priorities] = (await once(worker, 'message')) as [number[]]
  await worker.terminate()
  const expected = Math.max(5, before)
  expect(priorities).toEqual([expected, expected])
  expect(getPriority()).toBe(before)
})
