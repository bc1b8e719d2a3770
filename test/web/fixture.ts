import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request, type IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WebSocket } from 'ws'
import type { AppServerMessage } from '../../shared/ipc/app-contract.ts'
import { createApplication, type Application } from '../../electron/application/application.ts'
import { systemClock } from '../../electron/engine/util/clock.ts'
import { pagePlatform } from '../../electron/web/page-platform.ts'
import { startPageServer, type PageServer } from '../../electron/web/page-server.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { hangGuard } from '../support/hang-guard.ts'

const HANG_MS = 60_000

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** A page server with a small page, a fake engine behind it, and requests that say exactly what a test wants. */
export class PageLab {
  readonly root = mkdtempSync(join(tmpdir(), 'holdfast-web-'))
  readonly home = join(this.root, 'home')
  readonly engine = new FakeEngine()
  readonly addresses: string[] = []
  application!: Application
  server!: PageServer
  #sockets: PageSocket[] = []

  static async start(host = '127.0.0.1'): Promise<PageLab> {
    const lab = new PageLab()
    const page = join(lab.root, 'page')
    mkdirSync(lab.home)
    mkdirSync(join(page, 'assets'), { recursive: true })
    writeFileSync(join(page, 'index.html'), '<!doctype html>the page')
    writeFileSync(join(page, 'assets', 'main-1.js'), 'script')
    writeFileSync(join(page, 'assets', 'main-1.js.map'), 'a map')
    writeFileSync(join(lab.root, 'secret.html'), 'secret')
    lab.application = createApplication({ engine: lab.engine, platform: pagePlatform('0'), home: lab.home })
    lab.server = await startPageServer({
      application: lab.application,
      home: lab.home,
      instance: 'ABCD-EFGH',
      listen: { host, port: 0 },
      folder: page,
      clock: systemClock,
      addressChanged: (url) => lab.addresses.push(url),
    })
    return lab
  }

  get host(): string {
    return `127.0.0.1:${this.server.address.port}`
  }

  get token(): string {
    return new URL(this.server.url).hash.slice('#token='.length)
  }

  /** A request as our own page would make it, unless told otherwise. */
  ask({ method = 'GET', path = '/', headers = {}, body }: Asked = {}): Promise<Answer> {
    const asked = new Promise<Answer>((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port: this.server.address.port,
        method,
        path,
        headers: { host: this.host, ...(method === 'GET' ? {} : { origin: `http://${this.host}` }), ...headers },
        setHost: false,
      })
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() }))
        response.on('error', reject)
      })
      outgoing.on('error', reject)
      outgoing.end(body)
    })
    return hangGuard(asked, HANG_MS, `${method} ${path}`, () => '')
  }

  /** The cookie for the present token. */
  async cookie(): Promise<string> {
    const { headers } = await this.ask({ method: 'POST', path: '/session', body: this.token })
    return headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  }

  async connect(headers: Readonly<Record<string, string>>, path = '/events'): Promise<PageSocket> {
    const socket = new PageSocket(`ws://127.0.0.1:${this.server.address.port}${path}`, { host: this.host, origin: `http://${this.host}`, ...headers })
    this.#sockets.push(socket)
    await socket.opened
    return socket
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.socket.terminate()
    await this.server.close()
    this.application.close()
    rmSync(this.root, { recursive: true, force: true })
  }
}

/** A page's socket, which keeps what it hears. */
export class PageSocket {
  readonly socket: WebSocket
  /** Rejects with the status when it is refused. */
  readonly opened: Promise<void>
  readonly closed: Promise<number>
  readonly heard: AppServerMessage[] = []
  #wake: () => void = () => undefined
  #nextId = 1

  constructor(url: string, headers: Readonly<Record<string, string>>) {
    this.socket = new WebSocket(url, { headers })
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', resolve)
      this.socket.on('unexpected-response', (_request, response) => reject(new Error(`refused ${response.statusCode}`)))
      this.socket.on('error', reject)
    })
    this.closed = new Promise((resolve) => this.socket.on('close', resolve))
    this.socket.on('message', (data: Buffer) => {
      this.heard.push(JSON.parse(data.toString()) as AppServerMessage)
      this.#wake()
    })
  }

  async until(what: string, fits: (message: AppServerMessage) => boolean): Promise<AppServerMessage> {
    const search = async (): Promise<AppServerMessage> => {
      for (;;) {
        const found = this.heard.find(fits)
        if (found) return found
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
    return await hangGuard(search(), HANG_MS, what, () => JSON.stringify(this.heard))
  }

  async call(command: unknown, args: unknown): Promise<unknown> {
    const id = this.#nextId++
    this.socket.send(JSON.stringify({ id, command, args }))
    const answer = await this.until(String(command), (message) => 'reply' in message && message.id === id)
    return 'reply' in answer ? answer.reply : undefined
  }
}
