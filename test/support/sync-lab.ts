import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { CliEvent, HoldfastProcess } from './holdfast-process.ts'
import { Lab, type Receiver, type RunOptions } from './processes.ts'

const GUARD_MS = 120_000
const EVENT_MS = 60_000

/** A home with a `receive` that keeps its folders in sync, and one folder. */
export interface SyncHome {
  readonly home: string
  /** The shared folder; made by whoever adds or accepts it. */
  readonly folder: string
  receiver: Receiver
}

/** Homes that share folders, as real processes. Give each an address of its own: then what is dialled is what a test says. */
export class SyncLab extends Lab {
  #homes = 0

  /** With `receive` running, on a loopback address of its own where the platform has several. */
  async home(name: string): Promise<SyncHome> {
    const home = this.path(name)
    return { home, folder: this.path(`${name}-shared`), receiver: await this.#listen(home, 0, `127.0.0.${(this.#homes += 1) + 1}`) }
  }

  /** Once more, where it was, after it was ended or killed. */
  async again(one: SyncHome): Promise<void> {
    const host = one.receiver.address.split(':')[0] ?? ''
    one.receiver = await this.#listen(one.home, one.receiver.port, host, one.receiver.folder)
  }

  /** `second` dials `first`, at another address when it is to go through a proxy; both say yes. Its `receive` is ended for it. */
  async pair(first: SyncHome, second: SyncHome, address = first.receiver.address): Promise<void> {
    const from = first.receiver.process.events.length
    await second.receiver.process.interrupt()
    const pairing = this.run(second.home, ['pair', address])
    await Promise.all([first.receiver.process.waitFor('pairing', { after: from }), pairing.waitFor('pairing')])
    first.receiver.process.writeLine('yes')
    pairing.writeLine('yes')
    await pairing.expectExit(0)
    await this.again(second)
  }

  /** A command that ends well; its events. */
  async did(home: SyncHome, args: readonly string[], code = 0, options: RunOptions = {}): Promise<CliEvent[]> {
    const process = this.run(home.home, args, options)
    await process.expectExit(code, GUARD_MS)
    return process.events
  }

  /** Offers `from`'s folder to `to`, which takes it; resolves when both are equal. */
  async share(from: SyncHome, to: SyncHome, options: { readonly mode?: string; readonly theirMode?: string } = {}): Promise<string> {
    mkdirSync(from.folder, { recursive: true })
    const after = to.receiver.process.events.length
    const known = (await this.did(from, ['sync', 'list'])).find((event) => event['path'] === from.folder)
    const sharing = known
      ? ['sync', 'share', String(known['folderId']), to.receiver.deviceId]
      : ['sync', 'add', from.folder, '--with', to.receiver.deviceId, ...(options.mode ? ['--mode', options.mode] : [])]
    const [folder] = await this.did(from, sharing)
    const folderId = String(folder?.['folderId'])
    await to.receiver.process.waitFor((event) => event.event === 'offer' && event['folderId'] === folderId, { after })
    await this.did(to, ['sync', 'accept', folderId, '--dir', to.folder, ...(options.theirMode ? ['--mode', options.theirMode] : [])])
    return folderId
  }

  /** Until this one and everybody it is connected to have the same. */
  async settle(home: SyncHome): Promise<CliEvent[]> {
    return this.did(home, ['sync', 'run', '--give-up-after', '60'])
  }

  async #listen(home: string, port: number, host: string, into?: string): Promise<Receiver> {
    const folder = into ?? (await this.folder('in'))
    const process = this.run(home, ['receive', '--dir', folder, '--listen', `${host}:${port}`])
    const listening = await process.waitFor('listening')
    const bound = listening['port'] as number
    return { process, address: `${host}:${bound}`, port: bound, deviceId: listening['deviceId'] as string, folder }
  }
}

/** Writes a file, with the folders it needs. */
export function put(home: SyncHome, path: string, text: string): void {
  const whole = join(home.folder, path)
  mkdirSync(dirname(whole), { recursive: true })
  writeFileSync(whole, text)
}

export function append(home: SyncHome, path: string, text: string): void {
  appendFileSync(join(home.folder, path), text)
}

export function remove(home: SyncHome, path: string): void {
  rmSync(join(home.folder, path), { recursive: true })
}

/** Names directly in a folder of the shared one, without the engine's. */
export function names(home: SyncHome, path = ''): string[] {
  return readdirSync(join(home.folder, path)).filter((name) => name !== '.holdfast').sort()
}

/** The next thing that happens to a path in a home's folder. */
export function happens(process: HoldfastProcess, path: string, kind: string, after = 0): Promise<CliEvent> {
  return process.waitFor((event) => event.event === 'file' && event['path'] === path && event['kind'] === kind, { after, timeoutMs: EVENT_MS })
}
