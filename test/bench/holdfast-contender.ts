import type { ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, cp, mkdir, rm, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connectEngine } from '../../electron/engine/host/channel.ts'
import { StreamPipe } from '../../electron/engine/host/stream-pipe.ts'
import { connectLocal } from '../../electron/engine/net/local-socket.ts'
import type { EngineClient, Events } from '../../shared/ipc/contract.ts'
import { HEADLESS } from '../support/holdfast-process.ts'
import { Lab } from '../support/processes.ts'
import type { Contender, PreparedContender } from './contender.ts'
import { measure } from './measure.ts'
import { ended, freePort, listeningOn, startProgram, stopProgram } from './programs.ts'
import { probeLoops } from './probe.ts'
import { profileThreads } from './profile.ts'
import type { Workload } from './workloads.ts'

const HANG_MS = 1_200_000
const CONFIRMED = 'each file verified, flushed, renamed, journalled'

/** As every other contender does with a file that has changed. */
const REPLACE = ['--on-conflict', 'replace']

type Environment = Readonly<Record<string, string>>

interface Homes {
  readonly receiver: string
  readonly sender: string
  /** As they were when they had just been paired. */
  fresh(): Promise<void>
}

async function prepareHomes(lab: Lab): Promise<Homes> {
  const homes = { receiver: lab.path('receiver'), sender: lab.path('sender') }
  await lab.pairHomes(homes.receiver, homes.sender)
  const both = Object.values(homes)
  for (const home of both) await cp(home, `${home}-paired`, { recursive: true })
  const fresh = async () => {
    for (const home of both) {
      await rm(home, { recursive: true })
      await cp(`${home}-paired`, home, { recursive: true })
    }
  }
  return { ...homes, fresh }
}

/**
 * The real command line, as a person runs it: `receive` runs, `send` is measured from the start of its process to its exit.
 * Without `--json`, which says a line a file: nobody else here does.
 */
function commandLine(lab: Lab, homes: Homes, environment: Environment = {}): PreparedContender {
  const start = (home: string, args: readonly string[], also: Environment = {}) =>
    startProgram(process.execPath, [HEADLESS, ...args, '--home', home, '--no-discovery'], 'ignore', { ...environment, ...also })
  // It comes back where it was: a sender that broke off finds it again.
  let port: number | undefined
  const received = async <T>(target: string, also: Environment, act: (receiver: { pid: number; address: string }) => Promise<T>): Promise<T> => {
    port ??= await freePort()
    const receiver = start(homes.receiver, ['receive', '--dir', target, '--listen', `127.0.0.1:${port}`, ...REPLACE], also)
    await listeningOn(port, receiver)
    try {
      return await act({ pid: receiver.pid ?? 0, address: `127.0.0.1:${port}` })
    } finally {
      await stopProgram(receiver)
    }
  }
  const send = (workload: Workload, address: string, also: Environment = {}) =>
    ended(start(homes.sender, ['send', workload.source, '--to', address], also), 'holdfast send')
  const watched = (workload: Workload, target: string) => (also: Environment) => received(target, also, ({ address }) => send(workload, address, also))
  return {
    fresh: homes.fresh,
    run: (workload, target) => received(target, {}, ({ pid, address }) => measure([pid], () => send(workload, address), { forks: false })),
    sendHalf: (workload, target) =>
      received(target, {}, async ({ address }) => {
        const sending = lab.run(homes.sender, ['send', workload.source, '--to', address], { environment })
        await sending.waitFor((event) => event.event === 'progress' && Number(event['bytes']) >= workload.bytes / 2, { timeoutMs: HANG_MS })
        await sending.killHard()
      }),
    probe: (workload, target) => probeLoops(watched(workload, target)),
    profile: (workload, target) => profileThreads(watched(workload, target)),
    close: () => lab.close(),
  }
}

export const holdfast: Contender = {
  name: 'holdfast',
  encryption: 'TLS 1.3',
  durability: CONFIRMED,
  missing: () => (existsSync(HEADLESS) ? null : 'npm run build'),
  async prepare(root) {
    const lab = new Lab(root)
    try {
      return commandLine(lab, await prepareHomes(lab))
    } catch (error) {
      await lab.close()
      throw error
    }
  },
}

/** What durability costs: the same with a `sync` that does nothing in front of the real one. */
export const holdfastUnflushed: Contender = {
  ...holdfast,
  name: 'holdfast-unflushed',
  durability: 'as holdfast, but file data not flushed',
  onlyFor: ['S', 'M'],
  async prepare(root) {
    const programs = `${root}/programs`
    await mkdir(programs)
    await writeFile(`${programs}/sync`, '#!/bin/sh\n')
    await chmod(`${programs}/sync`, 0o755)
    const lab = new Lab(root)
    try {
      return commandLine(lab, await prepareHomes(lab), { PATH: `${programs}:${process.env['PATH'] ?? ''}` })
    } catch (error) {
      await lab.close()
      throw error
    }
  },
}

/**
 * The app's own case: both engines run already; from the command to the confirmation of the last file. Without `--json`, as
 * `commandLine`.
 */
export const holdfastRunning: Contender = {
  ...holdfast,
  name: 'holdfast-running',
  durability: `${CONFIRMED}; both ends run already`,
  onlyFor: ['S', 'M', 'S-again', 'S-one-changed'],
  async prepare(root) {
    const lab = new Lab(root)
    try {
      const homes = await prepareHomes(lab)
      let running = await runBoth(lab, homes)
      return {
        async fresh() {
          await running.stop()
          await homes.fresh()
          running = await runBoth(lab, homes)
        },
        async run(workload, target) {
          const { there, here, to, pids } = running
          await there.call('settings:set', { receiveFolder: target })
          return measure(pids, () => sendAndWait(here, [workload.source], to), { forks: false })
        },
        async close() {
          await running.stop()
          await lab.close()
        },
      }
    } catch (error) {
      await lab.close()
      throw error
    }
  },
}

async function runBoth(lab: Lab, homes: Homes) {
  const start = async (home: string, folder: string) => {
    const port = await freePort()
    const args = ['receive', '--home', home, '--no-discovery', '--dir', folder, '--listen', `127.0.0.1:${port}`, ...REPLACE]
    const child = startProgram(process.execPath, [HEADLESS, ...args])
    try {
      await listeningOn(port, child)
      return { child, port, engine: connectEngine(new StreamPipe(await connectOnceOpen(home, child))) }
    } catch (error) {
      await stopProgram(child)
      throw error
    }
  }
  const receiver = await start(homes.receiver, await lab.folder('received'))
  const sender = await start(homes.sender, await lab.folder('unused'))
  return {
    there: receiver.engine,
    here: sender.engine,
    to: { kind: 'address', host: '127.0.0.1', port: receiver.port } as const,
    pids: [receiver.child.pid ?? 0, sender.child.pid ?? 0],
    async stop() {
      await Promise.all([stopProgram(receiver.child), stopProgram(sender.child)])
    },
  }
}

/** Its local socket comes a moment after its port. */
async function connectOnceOpen(home: string, child: ChildProcess): Promise<Socket> {
  for (;;) {
    try {
      return await connectLocal(home)
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null) throw error
      await delay(20)
    }
  }
}

async function sendAndWait(engine: EngineClient, paths: readonly string[], target: { kind: 'address'; host: string; port: number }): Promise<void> {
  let transferId: string | undefined
  const ended = new Map<string, Events['transfer:changed']['state']>()
  await new Promise<void>((resolve, reject) => {
    const look = () => {
      const state = transferId === undefined ? undefined : ended.get(transferId)
      if (state?.kind === 'finished' && state.complete) resolve()
      else if (state) reject(new Error(`the send ended as ${state.kind}`))
    }
    const stop = engine.on('transfer:changed', (transfer) => {
      if (transfer.finishedAtMs === undefined) return
      ended.set(transfer.id, transfer.state)
      look()
    })
    engine.call('transfer:send', { paths, targets: [target] }).then((reply) => {
      transferId = reply.transferIds[0]
      look()
    }, reject)
    void engine.closed.then(stop)
  })
}
