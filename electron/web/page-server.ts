import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { HoldfastError, toErrorData, type ErrorCode } from '../../shared/errors.ts'
import type { Address } from '../../shared/model/device.ts'
import type { Application } from '../application/application.ts'
import { isLoopback } from '../engine/host/loopback.ts'
import { systemClock, type Clock } from '../engine/util/clock.ts'
import { systemRandom, type Random } from '../engine/util/random.ts'
import { PageAccess, type PageSession } from './page-access.ts'
import { loadPageFiles, PAGE_FOLDER, type PageFile } from './page-files.ts'
import { MAX_MESSAGE_BYTES, servePage } from './page-socket.ts'
import { requestGuard, type RequestGuard } from './request-guard.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { takeBatch } from './upload-batch.ts'
import { decodePart, takeUpload } from './upload-request.ts'

const MAX_CONNECTIONS = 256
const MAX_PAGES = 32
const MAX_UPLOADS_AT_ONCE = 16
const MAX_TOKEN_BYTES = 256
const MAX_URL_LENGTH = 16 * 1024
const HEADERS_MS = 10_000
/** A refused upload is read on for so long, that the browser may see the answer. */
const DRAIN_MS = 2_000

export interface PageServerOptions {
  readonly application: Application
  /** The engine's, absolute. */
  readonly home: string
  /** Distinguishes this page's cookie from those of other ports of the same host. */
  readonly instance: string
  /** Port 0 picks one. */
  readonly listen: Address
  /** Called with a new address whenever the one before is used up. */
  addressChanged(url: string): void
  /** The built page. */
  readonly folder?: string
  readonly clock?: Clock
  readonly random?: Random
}

export interface PageServer {
  /** With the one-time token in the fragment, which no browser sends along. */
  readonly url: string
  readonly address: Address
  /** The address can be reached from other machines. */
  readonly isPublic: boolean
  close(): Promise<void>
}

/** Serves the page on HTTP and WebSocket. Throws PORT_IN_USE, ADDRESS_UNAVAILABLE, USAGE_INVALID when the page is not built. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const { clock = systemClock, random = systemRandom } = options
  const files = await loadPageFiles(options.folder ?? PAGE_FOLDER)
  const access = new PageAccess({ random, clock, rotated: () => options.addressChanged(url()) })
  const handler = new PageHandler(options, clock, access, files, requestGuard(options.listen.host))
  const server = createServer(
    { headersTimeout: HEADERS_MS, requestTimeout: 0, maxHeaderSize: MAX_URL_LENGTH + 8192, keepAliveTimeout: 5_000 },
    (request, response) => void handler.answer(request, response),
  )
  server.maxConnections = MAX_CONNECTIONS
  server.maxHeadersCount = 64
  server.on('upgrade', (request, socket, head) => handler.upgrade(request, socket, head))
  server.on('clientError', (_error, socket) => socket.destroy())
  await listenOn(server, options.listen)
  const { address: host, port } = server.address() as AddressInfo
  const url = (): string => `http://${shownHost(host)}:${port}/#token=${access.token}`
  return {
    get url() {
      return url()
    },
    address: { host, port },
    isPublic: !isLoopback(host),
    async close() {
      handler.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

class PageHandler {
  readonly #options: PageServerOptions
  readonly #clock: Clock
  readonly #access: PageAccess
  readonly #files: ReadonlyMap<string, PageFile>
  readonly #guard: RequestGuard
  readonly #cookie: string
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false, clientTracking: true })

  constructor(options: PageServerOptions, clock: Clock, access: PageAccess, files: ReadonlyMap<string, PageFile>, guard: RequestGuard) {
    this.#options = options
    this.#clock = clock
    this.#access = access
    this.#files = files
    this.#guard = guard
    this.#cookie = `holdfast-${options.instance.replace(/[^A-Za-z0-9]/g, '')}`
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    response.setHeader('cache-control', 'no-store')
    const url = parseUrl(request.url)
    if (!url) return end(response, 400)
    if (!this.#guard.isOurHost(request)) return end(response, 421)
    const { method } = request
    // A refused WebSocket does not say why; this does.
    if (method === 'GET' && url.pathname === '/session') return end(response, this.#session(request) ? 204 : 401)
    if (method === 'GET' || method === 'HEAD') return this.#file(request, response, url.pathname)
    if (method !== 'POST' && method !== 'PUT') return end(response, 405, { allow: 'GET, HEAD, POST, PUT' })
    if (!this.#guard.isOurOrigin(request)) return refuse(this.#clock, request, response, 403)
    if (method === 'POST' && url.pathname === '/session') return await this.#startSession(request, response)
    if (method === 'PUT' && /^\/upload\/[^/]+$/.test(url.pathname)) return await this.#upload(request, response, () => this.#takeFile(request, url))
    if (method === 'PUT' && /^\/upload-batch(\/[^/]+)?$/.test(url.pathname)) return await this.#upload(request, response, () => this.#takeBatch(request, url))
    refuse(this.#clock, request, response, this.#files.has(url.pathname) || url.pathname === '/session' ? 405 : 404)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy())
    const refused = (status: string): void => void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
    if (!this.#guard.isOurHost(request)) return refused('421 Misdirected Request')
    if (!this.#guard.isOurOrigin(request)) return refused('403 Forbidden')
    if (parseUrl(request.url)?.pathname !== '/events') return refused('404 Not Found')
    const session = this.#session(request)
    if (!session) return refused('401 Unauthorized')
    if (this.#sockets.clients.size >= MAX_PAGES) return refused('503 Service Unavailable')
    this.#sockets.handleUpgrade(request, socket, head, (client) => {
      session.pages += 1
      servePage(this.#options.application, client, this.#clock, () => {
        session.pages -= 1
        session.lastUsedMs = this.#clock.monotonic()
      })
    })
  }

  close(): void {
    for (const client of this.#sockets.clients) client.terminate()
    this.#sockets.close()
  }

  #file(request: IncomingMessage, response: ServerResponse, pathname: string): void {
    const file = this.#files.get(pathname)
    if (!file) return end(response, 404)
    response.setHeader('etag', file.etag)
    if (file.immutable) response.setHeader('cache-control', 'private, max-age=31536000, immutable')
    if (request.headers['if-none-match'] === file.etag) return end(response, 304)
    response.writeHead(200, { 'content-type': file.type, 'content-length': file.body.length })
    response.end(request.method === 'HEAD' ? undefined : file.body)
  }

  async #startSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = await readText(this.#clock, request, MAX_TOKEN_BYTES)
    if (token === undefined) return refuse(this.#clock, request, response, 413)
    const secret = this.#access.exchange(token)
    if (secret === undefined) return end(response, 401)
    // No expiry: it ends with the browser. Not Secure: loopback has no certificate.
    end(response, 204, { 'set-cookie': `${this.#cookie}=${secret}; HttpOnly; SameSite=Strict; Path=/` })
  }

  async #upload(request: IncomingMessage, response: ServerResponse, take: () => Promise<string | undefined>): Promise<void> {
    const session = this.#session(request)
    if (!session) return refuse(this.#clock, request, response, 401)
    if (session.uploads >= MAX_UPLOADS_AT_ONCE) return refuse(this.#clock, request, response, 429)
    session.uploads += 1
    try {
      const body = await take()
      if (body === undefined) end(response, 204)
      else end(response, 200, { 'content-type': 'application/json' }, body)
    } catch (error) {
      const data = toErrorData(error)
      refuse(this.#clock, request, response, statusOf(data.code), JSON.stringify(data))
    } finally {
      session.uploads -= 1
    }
  }

  async #takeFile(request: IncomingMessage, url: URL): Promise<undefined> {
    await takeUpload(this.#options.application, this.#options.home, request, url)
  }

  async #takeBatch(request: IncomingMessage, url: URL): Promise<string> {
    const id = url.pathname.slice('/upload-batch/'.length)
    return JSON.stringify(await takeBatch(this.#options.application, this.#options.home, request, id === '' ? undefined : decodePart(id)))
  }

  #session(request: IncomingMessage): PageSession | undefined {
    for (const pair of (request.headers.cookie ?? '').split(';')) {
      const [name, value] = pair.trim().split('=', 2)
      if (name === this.#cookie) return this.#access.session(value)
    }
    return undefined
  }
}

function parseUrl(text: string | undefined): URL | undefined {
  if (text === undefined || text.length > MAX_URL_LENGTH || !text.startsWith('/') || text.startsWith('//')) return undefined
  try {
    return new URL(text, 'http://page')
  } catch {
    return undefined
  }
}

function end(response: ServerResponse, status: number, headers: Readonly<Record<string, string>> = {}, body?: string): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, headers)
  response.end(body)
}

/** Answers before the body has come, and then does not wait for it. */
function refuse(clock: Clock, request: IncomingMessage, response: ServerResponse, status: number, body?: string): void {
  end(response, status, { connection: 'close', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, body)
  if (request.complete) return
  request.on('error', () => undefined)
  request.resume()
  const cancel = clock.after(DRAIN_MS, () => request.destroy())
  request.on('close', cancel)
}

/** Undefined when it is longer, or does not come. */
async function readText(clock: Clock, request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const cancel = clock.after(HEADERS_MS, () => request.destroy())
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length
      if (length > maxBytes) return undefined
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch {
    return undefined
  } finally {
    cancel()
  }
}

function statusOf(code: ErrorCode): number {
  if (code === 'DISK_FULL') return 507
  return code === 'USAGE_INVALID' ? 400 : 500
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}

function listenOn(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${host}:${port}`
      if (error.code === 'EADDRINUSE') reject(new HoldfastError('PORT_IN_USE', `Another program listens on ${where} already. Choose another with --page.`, { cause: error }))
      else reject(new HoldfastError('ADDRESS_UNAVAILABLE', `The page can't be served on ${where} (${error.code ?? error.message}). Choose another with --page.`, { cause: error }))
    })
    server.listen({ host, port }, resolve)
  })
}
