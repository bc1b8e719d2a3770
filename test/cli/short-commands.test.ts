import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HoldfastError } from '../../shared/errors.ts'
import { blake3, fileDigest } from '../../electron/engine/util/digest.ts'
import { BLOCK_BYTES } from '../../electron/engine/protocol/limits.ts'
import { DEVICE_B, FakeEngine, fakeDevice, fakePairing, fakeTransfer, pageOf } from '../support/fake-engine.ts'
import { run } from './fake-io.ts'

const transfers = [
  fakeTransfer({ id: 'aaaa1111' }),
  fakeTransfer({ id: 'aaaa2222', state: { kind: 'paused', by: 'us' } }),
  fakeTransfer({ id: 'bbbb3333', direction: 'receive', state: { kind: 'paused', by: 'them' } }),
]

function engineOf(): FakeEngine {
  return new FakeEngine({
    'device:list': () => [fakeDevice({ name: 'evil\x1b[2J', nearby: true })],
    'device:forget': ({ device }) => {
      if (device !== 'there') throw new HoldfastError('DEVICE_UNKNOWN', 'There is no such device.')
      return null
    },
    'transfer:list': (args) => pageOf(transfers, args),
    'history:list': (args) => pageOf(Array.from({ length: 1200 }, (_, i) => fakeTransfer({ id: `h${i}`, finishedAtMs: 0 })), args),
    'transfer:get': ({ transferId }) => transfers.find(({ id }) => id === transferId) ?? fakeTransfer(),
    'transfer:pause': () => null,
    'transfer:resume': () => null,
    'transfer:cancel': () => null,
    'request:list': () => [
      { kind: 'conflict', id: 'r1', transferId: 't', deviceId: DEVICE_B, deviceName: 'there', path: 'a\n', here: { size: 1, mtimeMs: 0 }, offered: { size: 2, mtimeMs: 0 }, createdAtMs: 0 },
    ],
    'request:accept': () => null,
    'request:refuse': () => null,
    'pairing:list': () => [fakePairing({ role: 'responder' }), fakePairing({ id: 'over', state: { kind: 'paired' } })],
    'pairing:answer': () => null,
  })
}

async function ran(line: readonly string[]) {
  const engine = engineOf()
  const { io, exit, opened } = run(line, [engine])
  const code = await exit
  if (opened.length > 0) expect(engine.closeCount).toBe(1)
  return { code, io, engine, opened }
}

test('listings: results on stdout, safe for a terminal; with --json exact, one object a line', async () => {
  const people = await ran(['devices'])
  expect(people.io.stdout.text).toContain(`${DEVICE_B}  evil\\x1b[2J  paired, nearby`)
  expect(people.opened).toMatchObject([{ role: 'client-or-own', options: { listen: false, discovery: false, continueTransfers: 'none' } }])
  const scripts = await ran(['devices', '--json'])
  expect(scripts.io.stdout.events).toMatchObject([{ event: 'device', deviceId: DEVICE_B, name: 'evil\x1b[2J' }])
  const status = await ran(['status', '--json'])
  expect(status.io.stdout.events).toMatchObject([{ event: 'status', pid: 1 }])
  expect((await ran(['status'])).io.stdout.text).toContain('listening  [::]:4680 (process 1)')
  const history = await ran(['history', '--json'])
  expect(history.io.stdout.events).toHaveLength(1200)
  expect(history.engine.called('history:list')).toHaveLength(3)
  expect((await ran(['transfers'])).io.stdout.text.split('\n')[1]).toContain('aaaa2222  → there  a.txt (1 file, 100 B)  0%  paused')
})

test('requests and pairings are listed and answered alike', async () => {
  const list = await ran(['requests', '--json'])
  expect(list.io.stdout.events).toMatchObject([
    { event: 'pairing', pairingId: 'p1', code: '042137', role: 'responder' },
    { event: 'request', requestId: 'r1', kind: 'conflict' },
  ])
  expect((await ran(['requests'])).io.stdout.text).toMatch(/^p1 .*wants to pair. Its code: 042 137.\nr1 .*a\\n/)
  expect((await ran(['accept', 'p1'])).engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: true }])
  expect((await ran(['refuse', 'p1'])).engine.called('pairing:answer')).toEqual([{ pairingId: 'p1', accept: false }])
  const accept = await ran(['accept', 'r1', '--answer', 'keep-both', '--for-all', '--dir', 'x'])
  expect(accept.engine.called('request:accept')).toEqual([{ requestId: 'r1', answer: 'keep-both', forAll: true, folder: '/work/x' }])
  expect((await ran(['refuse', 'r1'])).engine.called('request:refuse')).toEqual([{ requestId: 'r1' }])
  const unknown = await ran(['accept', 'r9', '--json'])
  expect(unknown.code).toBe(1)
  expect(unknown.io.stdout.events).toMatchObject([{ event: 'error', code: 'REQUEST_UNKNOWN' }])
})

test('pause, resume and cancel: by id or its beginning, or all that it makes sense for', async () => {
  expect((await ran(['pause'])).engine.called('transfer:pause')).toEqual([{ transferId: 'aaaa1111' }, { transferId: 'bbbb3333' }])
  expect((await ran(['resume'])).engine.called('transfer:resume')).toEqual([{ transferId: 'aaaa2222' }])
  expect((await ran(['cancel', 'bbbb', 'aaaa1'])).engine.called('transfer:cancel')).toEqual([{ transferId: 'bbbb3333' }, { transferId: 'aaaa1111' }])
  for (const typed of ['aaaa', 'bbb', 'cccc']) {
    const { code, engine } = await ran(['cancel', 'aaaa1111', typed])
    expect(code).toBe(1)
    expect(engine.called('transfer:cancel')).toEqual([])
  }
  expect((await ran(['cancel'])).code).toBe(2)
})

test('resume says so when nobody is there to go on with it', async () => {
  const message = 'No process is sending it now.'
  const engine = new FakeEngine({
    'transfer:list': (args) => pageOf(transfers, args),
    'transfer:resume': () => null,
    'transfer:get': () => fakeTransfer({ id: 'aaaa2222', state: { kind: 'connecting', error: { code: 'ENGINE_NOT_RUNNING', message } } }),
  })
  const { io, exit } = run(['resume'], [engine])
  expect(await exit).toBe(0)
  expect(io.stderr.text).toBe(`Resumed aaaa2222. ${message}\n`)
})

test('a running engine that ends while it is asked is replaced, and asked again', async () => {
  const ending = new FakeEngine({
    'request:list': () => {
      throw new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is closing.')
    },
    'pairing:list': () => {
      throw new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is closing.')
    },
  })
  const next = engineOf()
  const { io, exit, opened } = run(['accept', 'r1'], [ending, next], false)
  expect(await exit).toBe(0)
  expect(io.stderr.text).toBe('Accepted.\n')
  expect([opened.length, ending.closeCount, next.closeCount]).toEqual([2, 1, 1])
})

test('forget', async () => {
  expect((await ran(['forget', 'there'])).code).toBe(0)
  expect((await ran(['forget', 'nobody'])).code).toBe(3)
})

test('digest prints what the engine reports', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-digest-'))
  try {
    const large = Buffer.alloc(2 * BLOCK_BYTES + 5, 7)
    mkdirSync(join(folder, 'd', 'e'), { recursive: true })
    writeFileSync(join(folder, 'd', 'e', 'large'), large)
    writeFileSync(join(folder, 'd', 'empty'), '')
    writeFileSync(join(folder, 'd', 'one'), large.subarray(0, BLOCK_BYTES))
    symlinkSync('one', join(folder, 'd', 'z'))
    const blocks = [0, 1, 2].map((i) => blake3(large.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES)))
    const { code, io, opened } = await ran(['digest', join(folder, 'd')])
    expect(code).toBe(0)
    expect(opened).toEqual([])
    expect(io.stdout.text).toBe(
      [
        `${fileDigest(large.length, Buffer.concat(blocks)).toString('hex')}  ${folder}/d/e/large\n`,
        `${blake3('').toString('hex')}  ${folder}/d/empty\n`,
        `${blocks[0]?.toString('hex')}  ${folder}/d/one\n`,
      ].join(''),
    )
    expect(io.stderr.text).toContain('d/z: a link')
    const missing = await ran(['digest', '--json', join(folder, 'no'), join(folder, 'd', 'empty')])
    expect(missing.code).toBe(1)
    expect(missing.io.stdout.events).toMatchObject([{ event: 'failed', code: 'PATH_NOT_FOUND' }, { event: 'digest', bytes: 0 }])
    expect(missing.io.stderr.text).toBe(`${folder}/no: There is nothing of this name.\n`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
