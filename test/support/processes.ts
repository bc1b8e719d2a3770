import { existsSync, mkdtempSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HEADLESS, HoldfastProcess, type CliEvent } from './holdfast-process.ts'

export interface RunOptions {
  /** Default none: with `--no-discovery`, so that tests never talk to the network. */
  readonly discovery?: boolean
  readonly environment?: Readonly<Record<string, string>>
  /** Runs as this user: only root may ask for it. */
  readonly uid?: number
}

/** A receiver that listens, and where. */
export interface Receiver {
  readonly process: HoldfastProcess
  readonly address: string
  readonly port: number
  readonly deviceId: string
  readonly folder: string
}

/**
 * Temporary homes and folders, and the processes that run on them; `close` ends every process by its id and removes
 * everything. One for each test: `const lab = new Lab()` … `await lab.close()`.
 */
export class Lab {
  readonly root: string
  #processes: HoldfastProcess[] = []
  #folders = 0

  /** @param parent an existing folder in which its root is made */
  constructor(parent = tmpdir()) {
    if (!existsSync(HEADLESS)) throw new Error(`${HEADLESS} is missing: npm run build`)
    this.root = mkdtempSync(join(parent, 'holdfast-lab-'))
  }

  /** A path below the lab's root for a home or anything else; made by whoever uses it. */
  path(...parts: string[]): string {
    return join(this.root, ...parts)
  }

  /** A new, empty folder. */
  async folder(name = 'folder'): Promise<string> {
    const path = this.path(`${name}-${++this.#folders}`)
    await mkdir(path)
    return path
  }

  /** `holdfast COMMAND … --home HOME --json`. */
  run(home: string, args: readonly string[], options: RunOptions = {}): HoldfastProcess {
    const { discovery, ...how } = options
    const quiet = discovery ? [] : ['--no-discovery']
    const process = new HoldfastProcess([...args, '--home', home, '--json', ...quiet], how)
    this.#processes.push(process)
    return process
  }

  /** `receive` on a free loopback port (or `port`, to come back after a crash), once it listens. */
  async receive(home: string, folder: string, args: readonly string[] = [], port = 0): Promise<Receiver> {
    const process = this.run(home, ['receive', '--dir', folder, '--listen', `127.0.0.1:${port}`, ...args])
    const listening = await process.waitFor('listening')
    const bound = listening['port'] as number
    return { process, address: `127.0.0.1:${bound}`, port: bound, deviceId: listening['deviceId'] as string, folder }
  }

  /** Pairs two homes as two people would: `receive` on the first, `pair` from the second, the same code, yes and yes. */
  async pairHomes(first: string, second: string): Promise<{ readonly firstId: string; readonly secondId: string }> {
    const receiver = await this.receive(first, await this.folder('pairing'))
    const pairing = this.run(second, ['pair', receiver.address])
    const [shown, asked] = await Promise.all([receiver.process.waitFor('pairing'), pairing.waitFor('pairing')])
    if (shown['code'] !== asked['code']) throw new Error(`two codes: ${String(shown['code'])}, ${String(asked['code'])}`)
    receiver.process.writeLine('yes')
    pairing.writeLine('yes')
    await pairing.expectExit(0)
    await receiver.process.interrupt()
    return { firstId: receiver.deviceId, secondId: deviceIdOf(shown) }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.#processes.filter((process) => process.running).map((process) => process.killHard()))
    await rm(this.root, { recursive: true, force: true, maxRetries: 3 })
  }
}

function deviceIdOf(event: CliEvent): string {
  return typeof event['deviceId'] === 'string' ? event['deviceId'] : ''
}
