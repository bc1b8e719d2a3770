import { expect, test } from 'vitest'
import { HoldfastError } from '../../../shared/errors.ts'
import type { FolderState, SyncFolder } from '../../../shared/model/folder.ts'
import { judgeFolder } from '../../../electron/cli/folder-verdict.ts'
import { FakeEngine, pageOf } from '../../support/fake-engine.ts'
import { FakeIo, run, settle, type Run } from '../fake-io.ts'
import { PHOTOS, fakeFolder, fakeMember } from './fake-folders.ts'

const ASKING: FolderState = { kind: 'asking', token: 'tok', counts: { get: 0, replace: 0, delete: 9, rename: 0, conflict: 0, bytes: 0 }, totalFiles: 10 }

function engineOf(folder: SyncFolder): { engine: FakeEngine; change(over: Partial<SyncFolder>): void } {
  let now = folder
  const engine = new FakeEngine({
    'sync:list': () => [now],
    'sync:scan': () => now,
    'sync:problems': (args) => pageOf([], args),
    'sync:plan': (args) => ({ ...pageOf([{ action: 'delete', path: 'gone\x1b', size: 1 }], args), counts: { get: 0, replace: 0, delete: 1, rename: 0, conflict: 0, bytes: 0 } }),
    'sync:answer': () => null,
  })
  return {
    engine,
    change(over) {
      now = { ...now, ...over }
      engine.emit('sync:changed', now)
    },
  }
}

/** The end of a run that lingers for the others. */
async function endOf({ io, exit }: Pick<Run, 'io' | 'exit'>): Promise<number> {
  await settle()
  await io.clock.advance(2_000)
  return await exit
}

/** As long after the start as anything counts as new. */
const SOON = 1e15
const equal = fakeMember({ lastInSyncMs: SOON })

test('ends well when every device that is connected is equal, and says what happened', async () => {
  const { engine, change } = engineOf(fakeFolder({ devices: [fakeMember({ state: 'offline' })] }))
  const { io, exit, opened } = run(['sync', 'run', '--json'], [engine])
  await settle()
  expect(opened).toMatchObject([{ role: 'own-or-client', options: { listen: false, syncFolders: 'keep', continueTransfers: 'none', discovery: true } }])
  change({ state: { kind: 'syncing', left: { files: 1, bytes: 5 }, bytesPerSecond: 0 }, devices: [fakeMember({ toGet: { files: 1, bytes: 5 } })] })
  engine.emit('sync:files', { folderId: PHOTOS, items: [{ atMs: 1, kind: 'got', path: 'a\x1b', size: 5, deviceName: 'there' }] })
  await settle()
  change({ state: { kind: 'up-to-date' }, devices: [fakeMember({ toSend: { files: 1, bytes: 1 } })] })
  await settle()
  change({ devices: [equal] })
  expect(await endOf({ io, exit })).toBe(0)
  expect(io.stdout.named('file')).toMatchObject([{ folder: 'Photos', kind: 'got', path: 'a\x1b', size: 5 }])
  expect(io.stdout.named('sync').length).toBeGreaterThan(0)
  expect(io.stdout.events.at(-1)).toMatchObject({ event: 'done', folder: 'Photos', equal: true, problems: 0 })
  expect(io.stderr.text).toContain('Got a\\x1b, 5 B (there)')
})

test('does not wait for long for devices that are not there', async () => {
  const alone = engineOf(fakeFolder({ devices: [fakeMember({ state: 'offline' })] }))
  const nobody = run(['sync', 'run', '--json'], [alone.engine])
  await settle()
  await nobody.io.clock.advance(9_000)
  expect(alone.engine.closeCount).toBe(0)
  await nobody.io.clock.advance(2_000)
  expect(await nobody.exit).toBe(1)
  expect(nobody.io.stdout.events.at(-1)).toMatchObject({ event: 'error', code: 'NET_UNREACHABLE' })

  const some = engineOf(fakeFolder({ devices: [equal, fakeMember({ deviceName: 'off', state: 'offline' })] }))
  const other = run(['sync', 'run'], [some.engine])
  await settle()
  expect(some.engine.closeCount).toBe(0)
  await other.io.clock.advance(3_500)
  expect(await endOf(other)).toBe(0)
})

test('what is only just not over any more is waited for, and no failure', async () => {
  const { engine, change } = engineOf(fakeFolder({ state: { kind: 'scanning', files: 0, bytes: 0 }, devices: [fakeMember({ state: 'offline' })] }))
  const { io, exit } = run(['sync', 'run', '--json'], [engine])
  await settle()
  // News of a moment ago: by now everything is looked at once more.
  engine.emit('sync:changed', fakeFolder({ devices: [equal] }))
  await settle()
  expect([io.stdout.named('done'), io.stdout.named('error'), engine.closeCount]).toEqual([[], [], 0])
  change({ state: { kind: 'up-to-date' }, devices: [equal] })
  expect(await endOf({ io, exit })).toBe(0)
})

test('an engine that takes its time to say which folders there are is waited for', async () => {
  const { engine } = engineOf(fakeFolder({ devices: [equal] }))
  const list = engine.handlers['sync:list']
  let answer: () => void = () => undefined
  const asked = new Promise<void>((resolve) => {
    answer = resolve
  })
  let calls = 0
  engine.handlers['sync:list'] = async () => {
    if (calls++ === 0) await asked
    return list?.({}) ?? []
  }
  const scan = engine.handlers['sync:scan']
  engine.handlers['sync:scan'] = async (args) => {
    await settle()
    return (await scan?.(args)) ?? fakeFolder()
  }
  const { io, exit } = run(['sync', 'run', '--json'], [engine])
  await settle()
  await io.clock.advance(5_000)
  answer()
  await expect.poll(() => io.stdout.named('done')).toMatchObject([{ equal: true }])
  expect(await endOf({ io, exit })).toBe(0)
})

test('gives up when nothing moves for the time that was given', async () => {
  const { engine, change } = engineOf(fakeFolder({ devices: [fakeMember({ toSend: { files: 2, bytes: 2 } })] }))
  const { io, exit } = run(['sync', 'run', '--give-up-after', '5'], [engine])
  await settle()
  await io.clock.advance(4_000)
  change({ devices: [fakeMember({ toSend: { files: 1, bytes: 1 } })] })
  await io.clock.advance(4_000)
  expect(engine.closeCount).toBe(0)
  await io.clock.advance(2_000)
  expect(await exit).toBe(1)
  expect(io.stderr.text).toContain('1 file, 1 B it still lacks')
})

test('a folder that asks is not answered for: exit code 1 without a person, with --yes it goes on', async () => {
  const nobody = run(['sync', 'run', '--json'], [engineOf(fakeFolder({ state: ASKING })).engine])
  expect(await nobody.exit).toBe(1)
  expect(nobody.io.stdout.events.at(-1)).toMatchObject({ event: 'error', code: 'SYNC_ASKING' })

  const { engine, change } = engineOf(fakeFolder({ state: ASKING }))
  const yes = run(['sync', 'run', '--yes'], [engine])
  await settle()
  change({ state: ASKING })
  await settle()
  expect(engine.called('sync:answer')).toEqual([{ folderId: PHOTOS, token: 'tok', answer: 'apply' }])
  change({ state: { kind: 'up-to-date' }, devices: [equal] })
  expect(await endOf(yes)).toBe(0)
})

test('a person at a terminal is shown what would go, and asked', async () => {
  const io = new FakeIo()
  io.stdin.isTerminal = true
  const { engine, change } = engineOf(fakeFolder({ state: ASKING }))
  const { exit } = run(['sync', 'run'], [engine], true, io)
  await settle()
  expect(io.stderr.text).toContain('delete  gone\\x1b')
  io.stdin.type('perhaps')
  io.stdin.type('keep')
  await settle()
  expect(engine.called('sync:answer')).toEqual([{ folderId: PHOTOS, token: 'tok', answer: 'keep-mine' }])
  change({ state: { kind: 'up-to-date' }, devices: [equal] })
  expect(await endOf({ io, exit })).toBe(0)
  expect(io.stdin.listeners.size).toBe(0)
})

test('a folder that is not there, or vanishes meanwhile, is an end with a reason', async () => {
  const { engine } = engineOf(fakeFolder())
  engine.handlers['sync:scan'] = () => {
    throw new HoldfastError('FOLDER_MISSING', 'gone')
  }
  const missing = run(['sync', 'run', '--json'], [engine])
  await settle()
  await missing.io.clock.advance(300)
  expect(await missing.exit).toBe(1)
  expect(missing.io.stdout.events.at(-1)).toMatchObject({ event: 'error', code: 'FOLDER_MISSING' })
  expect(await run(['sync', 'run', 'Nothing'], [engineOf(fakeFolder()).engine]).exit).toBe(1)
})

test('when the running engine ends, it goes on with its own', async () => {
  const first = engineOf(fakeFolder({ devices: [fakeMember({ toGet: { files: 1, bytes: 1 } })] }))
  const second = engineOf(fakeFolder({ devices: [equal] }))
  const { io, exit } = run(['sync', 'run'], [first.engine, second.engine], false)
  await settle()
  await first.engine.close()
  expect(await exit).toBe(0)
  expect(io.stderr.text).toContain('Going on here')
})

test('a signal ends it', async () => {
  const { io, exit } = run(['sync', 'run'], [engineOf(fakeFolder()).engine])
  await settle()
  io.signal()
  expect(await exit).toBe(130)
})

test('a dry run only says what would be done', async () => {
  const { engine } = engineOf(fakeFolder())
  const { io, exit, opened } = run(['sync', 'run', '--dry-run', '--json'], [engine])
  await settle()
  await io.clock.advance(1_500)
  expect(await exit).toBe(0)
  expect(opened).toMatchObject([{ options: { syncFolders: 'look' } }])
  expect(io.stdout.events).toMatchObject([{ event: 'plan', action: 'delete', path: 'gone\x1b' }, { event: 'planned', delete: 1 }])
  expect(engine.called('sync:answer')).toEqual([])
})

test('what a snapshot says about the end', () => {
  const verdict = (over: Partial<SyncFolder>) => judgeFolder(fakeFolder(over), 100)
  expect(verdict({ devices: [fakeMember({ lastInSyncMs: 100 })] })).toBe('equal')
  expect(verdict({ devices: [fakeMember({ lastInSyncMs: 99 })] })).toBe('busy')
  expect(verdict({ devices: [fakeMember({ lastInSyncMs: 100, toSend: { files: 1, bytes: 0 } })] })).toBe('busy')
  expect(verdict({ devices: [fakeMember({ state: 'offline', lastInSyncMs: 99 })] })).toBe('alone')
  expect(verdict({ devices: [fakeMember({ state: 'offline', lastInSyncMs: 100 })] })).toBe('equal')
  expect(verdict({ devices: [fakeMember({ state: 'offline', lastInSyncMs: 100 }), fakeMember()] })).toBe('busy')
  expect(verdict({ state: { kind: 'syncing', left: { files: 1, bytes: 1 }, bytesPerSecond: 0 }, devices: [fakeMember({ state: 'offline', lastInSyncMs: 100 })] })).toBe('alone')
  expect(verdict({ devices: [] })).toBe('alone')
  expect(verdict({ state: { kind: 'paused' } })).toBe('stuck')
  expect(verdict({ state: ASKING })).toBe('asking')
  expect(verdict({ state: { kind: 'scanning', files: 0, bytes: 0 } })).toBe('busy')
})
