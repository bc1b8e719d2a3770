import { renameSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PlainArrivals } from '../../../electron/engine/received/plain-arrivals.ts'
import { blake3 } from '../../../electron/engine/util/digest.ts'
import { ReceivedLab } from './fixture.ts'

let lab: ReceivedLab
beforeEach(() => {
  lab = new ReceivedLab()
})
afterEach(() => lab.close())

function receive(inbox: PlainArrivals, path: string, content = 'hello', from = '192.0.2.7'): void {
  lab.write(path, content)
  inbox.add({ path, bytes: Buffer.byteLength(content), digest: blake3(content).toString('hex'), from })
}

test('a plain message is listed under its sender’s address, and never as verified', async () => {
  await lab.received.start({ watch: true })
  const inbox = lab.received.plainArrivals(lab.folder)
  receive(inbox, 'a.bin')
  receive(inbox, 'Message 2026-03-01 14.05.09.txt', 'open me', '::1')
  const [message, file] = await lab.until('two rows', (files) => files.length === 2)
  expect(file).toMatchObject({
    name: 'a.bin', kind: 'file', deviceId: null, deviceName: 'Plain TCP 192.0.2.7', size: 5, digest: blake3('hello').toString('hex'), state: 'here', verified: false,
  })
  expect(file).not.toHaveProperty('transferId')
  expect(message).toMatchObject({ kind: 'file', deviceName: 'Plain TCP ::1', verified: false })
  expect(await lab.all('192.0.2.7')).toHaveLength(1)
})

test('what became of it is shown, and it stays in the list', async () => {
  await lab.received.start({ watch: true })
  const inbox = lab.received.plainArrivals(lab.folder)
  receive(inbox, 'gone.bin', 'one')
  receive(inbox, 'before.bin', 'two')
  await lab.until('two rows', (files) => files.length === 2)
  unlinkSync(join(lab.folder, 'gone.bin'))
  renameSync(join(lab.folder, 'before.bin'), join(lab.folder, 'after.bin'))
  await lab.until('both fates', (files) =>
    files.some(({ path, state }) => path === 'gone.bin' && state === 'deleted') &&
    files.some(({ path, state, nowPath }) => path === 'before.bin' && state === 'renamed' && nowPath === 'after.bin'))
})

test('the same name in another run is another arrival', async () => {
  receive(lab.received.plainArrivals(lab.folder), 'a.bin', 'one')
  await lab.until('the first', (files) => files.length === 1)
  unlinkSync(join(lab.folder, 'a.bin'))
  receive(lab.received.plainArrivals(lab.folder), 'a.bin', 'another')
  const files = await lab.until('the second', (all) => all.length === 2)
  expect(files.map(({ size }) => size)).toEqual([7, 3])
})

test('nothing is forgotten at the end, though it is in no transfer', async () => {
  const inbox = lab.received.plainArrivals(lab.folder)
  for (let number = 0; number < 700; number += 1) inbox.add({ path: `${number}.bin`, bytes: 0, digest: blake3('').toString('hex'), from: '192.0.2.7' })
  await lab.restart(false)
  expect((await lab.received.list({ offset: 0, limit: 1 })).total).toBe(700)
})

test('more senders than are remembered are all listed', async () => {
  const inbox = lab.received.plainArrivals(lab.folder)
  for (let number = 0; number < 600; number += 1) receive(inbox, `${number}.bin`, 'x', `192.0.2.${number % 300}`)
  await lab.until('all', (files) => files.length === 500)
  await lab.restart(false)
  expect((await lab.received.list({ offset: 0, limit: 1, search: '192.0.2.299' })).total).toBe(2)
})
