import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { connectEngine } from '../../electron/engine/host/channel.ts'
import { StreamPipe } from '../../electron/engine/host/stream-pipe.ts'
import { connectLocal } from '../../electron/engine/net/local-socket.ts'
import type { EngineClient, Events } from '../../shared/ipc/contract.ts'
import { HEADLESS } from '../support/holdfast-process.ts'
import { Lab, type RunOptions } from '../support/processes.ts'
import type { Contender, PreparedContender } from './contender.ts'
import { measure } from './measure.ts'
import { probeLoops } from './probe.ts'
import { profileThreads } from './profile.ts'
import type { Workload } from './workloads.ts'

const HANG_MS = 1_200_000
const CONFIRMED = 'each file verified, flushed, renamed, journalled'

/** As every other contender does with a file that has changed. */
const REPLACE = ['--on-conflict', 'replace']

interface Homes {
  readonly receiver: string
  readonly sender: string
}

async function prepareHomes(lab: Lab): Promise<Homes> {
  const homes = { receiver: lab.path('receiver'), sender: lab.path('sender') }
  await lab.pairHomes(homes.receiver, homes.sender)
  return homes
}

/** The real command line: `receive` runs, `send` is measured from the start of its process to its exit. */
function commandLine(lab: Lab, homes: Homes, options: RunOptions = {}): PreparedContender {
  // It comes back where it was: a sender that broke off finds it again.
  let port = 0
  const received = async <T>(target: string, how: RunOptions, act: (receiver: { pid: number; address: string }) => Promise<T>): Promise<T> => {
    const receiver = lab.run(homes.receiver, ['receive', '--dir', target, '--listen', `127.0.0.1:${port}`, ...REPLACE], how)
    port = Number((await receiver.waitFor('listening'))['port'])
    try {
      return await act({ pid: receiver.pid, address: `127.0.0.1:${port}` })
    } finally {
      await receiver.interrupt()
    }
  }
  const send = async (workload: Workload, address: string, how: RunOptions) => {
    await lab.run(homes.sender, ['send', workload.source, '--to', address], how).expectExit(0, HANG_MS)
  }
  const watched = (workload: Workload, target: string) => (environment: Readonly<Record<string, string>>) => {
    const how = { ...options, environment: { ...options.environment, ...environment } }
    return received(target, how, ({ address }) => send(workload, address, how))
  }
  return {
    run: (workload, target) => received(target, options, ({ pid, address }) => measure([pid], () => send(workload, address, options))),
    sendHalf: (workload, target) =>
      received(target, options, async ({ address }) => {
        const sending = lab.run(homes.sender, ['send', workload.source, '--to', address], options)
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
  async prepare() {
    const lab = new Lab()
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
    const lab = new Lab()
    try {
      return commandLine(lab, await prepareHomes(lab), { environment: { PATH: `${programs}:${process.env['PATH'] ?? ''}` } })
    } catch (error) {
      await lab.close()
      throw error
    }
  },
}

/** The app's own case: both engines run already; from the command to the confirmation of the last file. */
export const holdfastRunning: Contender = {
  ...holdfast,
  name: 'holdfast-running',
  durability: `${CONFIRMED}; both ends run already`,
  onlyFor: ['S', 'M', 'S-again', 'S-one-changed'],
  async prepare() {
    const lab = new Lab()
    try {
      const homes = await prepareHomes(lab)
      const receiver = await lab.receive(homes.receiver, await lab.folder('received'), REPLACE)
      const sender = await lab.receive(homes.sender, await lab.folder('unused'))
      const there = connectEngine(new StreamPipe(await connectLocal(homes.receiver)))
      const here = connectEngine(new StreamPipe(await connectLocal(homes.sender)))
      const to = { kind: 'address', host: '127.0.0.1', port: receiver.port } as const
      return {
        async run(workload, target) {
          await there.call('settings:set', { receiveFolder: target })
          return measure([receiver.process.pid, sender.process.pid], () => sendAndWait(here, [workload.source], to))
        },
        close: () => lab.close(),
      }
    } catch (error) {
      await lab.close()
      throw error
    }
  },
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
