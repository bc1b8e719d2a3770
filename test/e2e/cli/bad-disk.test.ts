import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { chmod, chown } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import { assertNoPartial, compareTrees } from '../../support/compare-trees.ts'
import { TestClient } from '../../support/engine-client.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import { Lab, type Receiver } from '../../support/processes.ts'
import { SmallDisk } from '../../support/small-disk.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'

const MIB = 1 << 20
const GUARD_MS = 90_000
const NOBODY = 65534
const isRoot = process.getuid?.() === 0
const anyone = ['--accept', 'anyone']

let lab: Lab
let disks: SmallDisk[] = []
beforeEach(() => {
  lab = new Lab()
})
afterEach(async () => {
  for (const disk of disks) disk.detach()
  disks = []
  await lab.close()
})

function smallDisk(context: TestContext, sizeBytes: number): SmallDisk {
  const disk = SmallDisk.mount(lab.path('disk'), sizeBytes)
  if (!disk) return context.skip('no small disk: mounting one takes root on Linux')
  disks.push(disk)
  return disk
}

async function clientOf(home: string): Promise<TestClient> {
  const client = await TestClient.connect(lab.path(home))
  onTestFinished(() => client.close())
  return client
}

async function slowly(receiver: Receiver, bytesPerSecond: number): Promise<FaultProxy> {
  const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond } } })
  onTestFinished(() => proxy.close())
  return proxy
}

function sendTo(port: number, ...paths: string[]) {
  return lab.run(lab.path('a'), ['send', ...paths, '--to', `127.0.0.1:${port}`, '--trust-first-use'])
}

async function expectArrived(source: string, receiver: Receiver): Promise<void> {
  expect(compareTrees(source, receiver.folder)).toEqual([])
  await receiver.process.expectInterrupt(0)
  assertNoPartial(receiver.folder)
}

describe('a full trash', { timeout: GUARD_MS }, () => {
  it('is never emptied by a sender: it is said, nothing is replaced, and it goes on when the user has made room', async (context) => {
    const disk = smallDisk(context, 64 * MIB)
    const receiver = await lab.receive(lab.path('b'), disk.path, ['--accept', 'anyone', '--on-conflict', 'replace'])
    const file = join(await lab.folder('source'), 'file')
    for (const size of [5, 4]) {
      makeBigFile(file, size * MIB)
      await sendTo(receiver.port, file).expectExit(0)
    }
    makeBigFile(file, 3 * MIB)
    const send = sendTo(receiver.port, file)
    const waiting = await receiver.process.waitFor('waiting')
    expect(waiting).toMatchObject({ state: 'waiting-for-folder', message: expect.stringMatching(/trash .* is full.*Delete what you don't need/) as string })
    expect(statSync(join(disk.path, 'file')).size).toBe(4 * MIB)
    rmSync(join(disk.path, '.holdfast', 'trash'), { recursive: true })
    await send.expectExit(0)
    expect(statSync(join(disk.path, 'file')).size).toBe(3 * MIB)
    await receiver.process.expectInterrupt(0)
  })
})

describe('a full disk', { timeout: GUARD_MS }, () => {
  it('known before: both sides say what is missing, nothing is begun, and it goes on when there is room', async (context) => {
    const disk = smallDisk(context, 24 * MIB)
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 40 * MIB)
    makeTree(join(source, 'tree'), { seed: 12, files: 60 })
    const receiver = await lab.receive(lab.path('b'), disk.path, anyone)
    const send = sendTo(receiver.port, join(source, 'big'), join(source, 'tree'))
    await send.waitFor('connected')
    const here = await clientOf('a')
    const there = await clientOf('b')
    for (const client of [here, there]) {
      const { state } = await client.transfer((transfer) => transfer.state.kind === 'waiting-for-space', 'a wait for space')
      expect(state).toMatchObject({ neededBytes: expect.any(Number) as number })
      if (state.kind === 'waiting-for-space') expect(state.neededBytes).toBeGreaterThan(state.freeBytes)
    }
    expect(existsSync(join(disk.path, 'big'))).toBe(false)
    disk.resize(200 * MIB)
    await send.expectExit(0, GUARD_MS)
    await expectArrived(source, receiver)
  })

  it('in the middle: what has arrived stays, and it goes on when there is room', async (context) => {
    const disk = smallDisk(context, 64 * MIB)
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 12, files: 200 })
    makeBigFile(join(source, 'tree', 'zbig'), 40 * MIB)
    const receiver = await lab.receive(lab.path('b'), disk.path, anyone)
    const proxy = await slowly(receiver, 24 * MIB)
    const send = sendTo(proxy.port, join(source, 'tree'))
    await proxy.reached(6 * MIB)
    const ballast = join(disk.path, 'ballast')
    fill(ballast)
    proxy.setFault({})
    const there = await clientOf('b')
    await there.transfer((transfer) => transfer.state.kind === 'waiting-for-space', 'a wait for space')
    expect(send.running && receiver.process.running).toBe(true)
    rmSync(ballast)
    await send.expectExit(0, GUARD_MS)
    await expectArrived(source, receiver)
  })

  it('and the receiver killed and started again meanwhile: it waits on, and goes on', async (context) => {
    const disk = smallDisk(context, 24 * MIB)
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 40 * MIB)
    const receiver = await lab.receive(lab.path('b'), disk.path, anyone)
    const send = sendTo(receiver.port, join(source, 'big'))
    await (await clientOf('b')).transfer((transfer) => transfer.state.kind === 'waiting-for-space', 'a wait for space')
    await receiver.process.killHard()
    const again = await lab.receive(lab.path('b'), disk.path, anyone, receiver.port)
    await (await clientOf('b')).transfer((transfer) => transfer.state.kind === 'waiting-for-space', 'a wait for space')
    disk.resize(200 * MIB)
    await send.expectExit(0, GUARD_MS)
    await expectArrived(source, again)
  })

  it('under the home: the engine says so and loses nothing', async (context) => {
    const disk = smallDisk(context, 12 * MIB)
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 13, files: 400 })
    const home = join(disk.path, 'home')
    const folder = await lab.folder('in')
    const receiver = await lab.receive(home, folder, anyone)
    const proxy = await slowly(receiver, 2 * MIB)
    const send = sendTo(proxy.port, join(source, 'tree'))
    await proxy.reached(MIB)
    const ballast = join(disk.path, 'ballast')
    fill(ballast)
    proxy.setFault({})
    // Whether the journal still had room for the rest or the engine had to stop: with room again, everything arrives.
    await Promise.race([send.exited, receiver.process.exited, receiver.process.waitFor('done', { timeoutMs: GUARD_MS }).catch(() => undefined)])
    rmSync(ballast)
    if (!receiver.process.running) await lab.receive(home, folder, anyone, receiver.port)
    const last = send.running ? send : sendTo(proxy.port, join(source, 'tree'))
    await last.expectExit(0, GUARD_MS)
    expect(compareTrees(source, folder)).toEqual([])
  })
})

/** Takes all the room there is. */
function fill(path: string): void {
  const piece = Buffer.alloc(MIB)
  for (let size = piece.length; size >= 4096; ) {
    try {
      writeFileSync(path, piece.subarray(0, size), { flag: 'a' })
    } catch {
      size = Math.floor(size / 2)
    }
  }
}

describe('a receive folder', { timeout: GUARD_MS }, () => {
  it('that disappears and comes back: the receiver says so, makes no new one, and goes on', async () => {
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 14, files: 100 })
    makeBigFile(join(source, 'tree', 'zbig'), 40 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await slowly(receiver, 16 * MIB)
    const send = sendTo(proxy.port, join(source, 'tree'))
    await proxy.reached(4 * MIB)
    renameSync(receiver.folder, `${receiver.folder}-away`)
    proxy.setFault({})
    const there = await clientOf('b')
    const { state } = await there.transfer((transfer) => transfer.state.kind === 'waiting-for-folder', 'a wait for the folder')
    expect(state).toMatchObject({ error: { code: 'FOLDER_MISSING' } })
    const here = await clientOf('a')
    await here.transfer((transfer) => transfer.state.kind === 'waiting-for-folder', 'the same at the sender')
    expect(existsSync(receiver.folder)).toBe(false)
    renameSync(`${receiver.folder}-away`, receiver.folder)
    await send.expectExit(0, GUARD_MS)
    await expectArrived(source, receiver)
  })

  it('whose disk is pulled out is not filled behind the mount point', async (context) => {
    const disk = smallDisk(context, 96 * MIB)
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 40 * MIB)
    const receiver = await lab.receive(lab.path('b'), disk.path, anyone)
    const proxy = await slowly(receiver, 16 * MIB)
    const send = sendTo(proxy.port, join(source, 'big'))
    await proxy.reached(4 * MIB)
    disk.detach()
    proxy.setFault({})
    const there = await clientOf('b')
    await there.transfer((transfer) => transfer.state.kind === 'waiting-for-folder', 'a wait for the folder')
    expect(readdirSync(disk.path)).toEqual([])
    expect(send.running && receiver.process.running).toBe(true)
  })

  it('that is emptied by somebody, staging and all: what was under way comes again', async () => {
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 15, files: 50 })
    makeBigFile(join(source, 'tree', 'zbig'), 40 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await slowly(receiver, 16 * MIB)
    const send = sendTo(proxy.port, join(source, 'tree'))
    await proxy.reached(6 * MIB)
    rmSync(join(receiver.folder, '.holdfast'), { recursive: true })
    proxy.setFault({})
    await send.expectExit(0, GUARD_MS)
    await expectArrived(source, receiver)
  })

  it.runIf(isRoot)('that may not be written any more: waits, says so, and goes on', async () => {
    await chmod(lab.root, 0o755)
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 16, files: 100 })
    makeBigFile(join(source, 'zbig'), 40 * MIB)
    const folder = await lab.folder('in')
    const home = await lab.folder('home')
    for (const path of [folder, home]) await chown(path, NOBODY, NOBODY)
    const process = lab.run(home, ['receive', '--dir', folder, '--listen', '127.0.0.1:0', ...anyone], { uid: NOBODY })
    const listening = await process.waitFor('listening')
    const receiver: Receiver = { process, address: '', port: listening['port'] as number, deviceId: '', folder }
    const proxy = await slowly(receiver, 16 * MIB)
    const send = sendTo(proxy.port, join(source, 'tree'), join(source, 'zbig'))
    await proxy.reached(4 * MIB)
    await chmod(folder, 0o555)
    proxy.setFault({})
    const here = await clientOf('a')
    const { state } = await here.transfer((transfer) => transfer.state.kind === 'waiting-for-folder', 'a wait for the folder')
    if (state.kind === 'waiting-for-folder') expect(state.error.message).toMatch(/permission|written|read-only|writing/i)
    await chmod(folder, 0o755)
    await send.expectExit(0, GUARD_MS)
    await expectArrived(source, receiver)
  })
})
