import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectEngine } from '../../electron/engine/host/channel.ts'
import { StreamPipe } from '../../electron/engine/host/stream-pipe.ts'
import { connectLocal } from '../../electron/engine/net/local-socket.ts'
import { HEADLESS } from '../support/holdfast-process.ts'
import { Lab } from '../support/processes.ts'
import { findProgram } from '../support/system-tools.ts'
import { freePort, listeningOn, runProgram, startProgram, stopProgram } from './programs.ts'
import { Syncthing } from './syncthing.ts'

/** Keeps `from` and `to` the same: by itself, or when it is told to. */
export interface SyncContender {
  readonly name: string
  readonly how: string
  missing(): string | null
  prepare(root: string, from: string, to: string): Promise<PreparedSync>
}

export interface PreparedSync {
  /** Processes that run all the time, whose CPU time counts. */
  readonly pids: readonly number[]
  /** Begins to share: the first synchronisation. Resolves when told, which need not be when it is done. */
  begin(): Promise<void>
  /** For those that do nothing by themselves. Absent: it watches. */
  run?(): Promise<void>
  close(): Promise<void>
}

export const holdfastSync: SyncContender = {
  name: 'holdfast',
  how: 'watches, two-way, TLS, flushed',
  missing: () => (existsSync(HEADLESS) ? null : 'npm run build'),
  async prepare(root, from, to) {
    const lab = new Lab(root)
    const homes = { here: lab.path('here'), there: lab.path('there') }
    await lab.pairHomes(homes.there, homes.here)
    const there = await lab.receive(homes.there, await lab.folder('in'))
    const here = await lab.receive(homes.here, await lab.folder('in'))
    const near = connectEngine(new StreamPipe(await connectLocal(homes.here)))
    const far = connectEngine(new StreamPipe(await connectLocal(homes.there)))
    // Without discovery it knows where the other is from having sent to it once.
    await lab.run(homes.here, ['send', process.execPath, '--to', there.address]).expectExit(0)
    return {
      pids: [here.process.pid, there.process.pid],
      async begin() {
        const offered = new Promise<string>((resolve) => far.on('sync:offered', ({ folderId }) => resolve(folderId)))
        await near.call('sync:add', { path: from, devices: [there.deviceId], mode: 'two-way' })
        await far.call('sync:accept', { folderId: await offered, path: to, mode: 'two-way' })
        // A thousand edits are so many that it asks first: somebody is there, and says yes at once.
        far.on('sync:changed', ({ id: folderId, state }) => {
          if (state.kind === 'asking') void far.call('sync:answer', { folderId, token: state.token, answer: 'apply' }).catch(() => undefined)
        })
      },
      close: async () => {
        await Promise.all([near.close(), far.close()])
        await lab.close()
      },
    }
  },
}

export const syncthingSync: SyncContender = {
  name: 'syncthing',
  how: 'watches, two-way, TLS, flushed',
  missing: () => (findProgram('syncthing') ? null : 'apt-get install syncthing'),
  async prepare(root, from, to) {
    const [near, far] = await Promise.all([Syncthing.start(join(root, 'near')), Syncthing.start(join(root, 'far'))])
    const close = async () => void (await Promise.all([near.close(), far.close()]))
    try {
      await Promise.all([near.knows(far), far.knows(near)])
      await near.connectedTo(far)
    } catch (error) {
      await close()
      throw error
    }
    return {
      pids: [near.pid, far.pid],
      async begin() {
        await far.share('bench', to, 'sendreceive', near, true)
        await near.share('bench', from, 'sendreceive', far, true)
      },
      close,
    }
  },
}

export const unisonSync: SyncContender = {
  name: 'unison',
  how: 'run by hand, two-way, no encryption, nothing flushed',
  missing: () => (findProgram('unison') ? null : 'apt-get install unison'),
  async prepare(root, from, to) {
    const port = await freePort()
    const home = { UNISON: join(root, 'unison') }
    const server = startProgram('unison', ['-socket', String(port), '-listen', '127.0.0.1'], 'ignore', home)
    await listeningOn(port, server)
    const run = () =>
      runProgram('unison', [from, `socket://127.0.0.1:${port}/${to}`, '-batch', '-confirmbigdel=false', '-times', '-ignore', 'Path .holdfast', '-ui', 'text'], home)
    return { pids: [server.pid ?? 0], begin: run, run, close: () => stopProgram(server) }
  },
}

export const rsyncSync: SyncContender = {
  name: 'rsync',
  how: 'run by hand, one-way, no encryption, nothing flushed',
  missing: () => (findProgram('rsync') ? null : 'apt-get install rsync'),
  async prepare(root, from, to) {
    const port = await freePort()
    const config = join(root, 'rsyncd.conf')
    const asRoot = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : ''
    const files = `log file = ${join(root, 'rsyncd.log')}\nlock file = ${join(root, 'rsyncd.lock')}\n`
    await writeFile(config, `use chroot = no\n${files}${asRoot}[bench]\npath = ${to}\nread only = no\n`)
    const daemon = startProgram('rsync', ['--daemon', '--no-detach', `--config=${config}`, '--address=127.0.0.1', `--port=${port}`])
    await listeningOn(port, daemon)
    const run = () => runProgram('rsync', ['-a', '--delete', `${from}/`, `rsync://127.0.0.1:${port}/bench/`])
    return { pids: [daemon.pid ?? 0], begin: run, run, close: () => stopProgram(daemon) }
  },
}
