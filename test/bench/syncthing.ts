import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort, runProgram, startProgram, stopProgram } from './programs.ts'

const API_KEY = 'holdfast-bench'
const POLL_MS = 20
const START_MS = 10_000
/** When the first dial came before the other knew it, the next is a minute away. */
const CONNECT_MS = 90_000
const HANG_MS = 600_000

interface Status {
  readonly state: string
  readonly globalFiles: number
  readonly needTotalItems: number
}

/** One Syncthing of our own on loopback, that talks to nobody else. */
export class Syncthing {
  readonly id: string
  readonly listen: string
  readonly #process: ReturnType<typeof startProgram>
  readonly #api: string

  private constructor(id: string, listen: string, api: string, process: ReturnType<typeof startProgram>) {
    this.id = id
    this.listen = listen
    this.#api = api
    this.#process = process
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  static async start(home: string): Promise<Syncthing> {
    await mkdir(home, { recursive: true })
    await runProgram('syncthing', ['generate', `--home=${home}`, '--no-default-folder', '--skip-port-probing'])
    const id = spawnSync('syncthing', ['serve', `--home=${home}`, '--device-id'], { encoding: 'utf8' }).stdout.trim()
    const api = `127.0.0.1:${await freePort()}`
    const started = startProgram('syncthing', [
      'serve', `--home=${home}`, '--no-browser', '--no-restart', '--no-upgrade', `--gui-address=http://${api}`, `--gui-apikey=${API_KEY}`,
      '--logfile=-',
    ])
    const syncthing = new Syncthing(id, `tcp://127.0.0.1:${await freePort()}`, `http://${api}/rest`, started)
    await syncthing.#until(() => syncthing.call('GET', 'system/ping'))
    await syncthing.call('PATCH', 'config/options', {
      listenAddresses: [syncthing.listen],
      globalAnnounceEnabled: false,
      localAnnounceEnabled: false,
      relaysEnabled: false,
      natEnabled: false,
      urAccepted: -1,
      crashReportingEnabled: false,
      reconnectionIntervalS: 1,
    })
    return syncthing
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#api}/${path}`, {
      method,
      headers: { 'X-API-Key': API_KEY, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`syncthing answered ${response.status} to ${path}: ${await response.text()}`)
    const text = await response.text()
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  async knows(other: Syncthing): Promise<void> {
    await this.call('PUT', `config/devices/${other.id}`, { deviceID: other.id, addresses: [other.listen] })
  }

  async connectedTo(other: Syncthing): Promise<void> {
    await this.#until(async () => {
      const { connections } = await this.call<{ connections: Record<string, { connected: boolean }> }>('GET', 'system/connections')
      if (!connections[other.id]?.connected) throw new Error('syncthing does not connect')
    }, CONNECT_MS)
  }

  /** `watched`: changes are noticed by themselves, as soon as its settings allow. */
  async share(folder: string, path: string, type: string, other: Syncthing, watched = false): Promise<void> {
    const devices = [{ deviceID: this.id }, { deviceID: other.id }]
    const config = { id: folder, path, type, devices, fsWatcherEnabled: watched, fsWatcherDelayS: 1, ignorePerms: false }
    await this.call('PUT', `config/folders/${folder}`, config)
  }

  async complete(folder: string, files: number): Promise<void> {
    const deadline = performance.now() + HANG_MS
    while (performance.now() < deadline) {
      const status = await this.call<Status>('GET', `db/status?folder=${folder}`)
      if (status.state === 'idle' && status.globalFiles >= files && status.needTotalItems === 0) return
      await delay(POLL_MS)
    }
    throw new Error('syncthing does not come to an end')
  }

  close(): Promise<void> {
    return stopProgram(this.#process)
  }

  async #until(attempt: () => Promise<unknown>, patienceMs = START_MS): Promise<void> {
    for (const deadline = performance.now() + patienceMs; ; ) {
      try {
        await attempt()
        return
      } catch (error) {
        if (performance.now() >= deadline) throw error
        await delay(POLL_MS)
      }
    }
  }
}
