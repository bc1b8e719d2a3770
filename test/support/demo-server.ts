import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocketServer, type WebSocket } from 'ws'
import { toErrorData } from '../../shared/errors.ts'
import type { AppClientMessage, AppServerMessage, Source } from '../../shared/ipc/app-contract.ts'
import { APP_ARGS_SCHEMAS, isAppCommand } from '../../shared/ipc/app-schemas.ts'
import type { BatchReply } from '../../shared/ipc/upload-batch.ts'
import { BatchDecoder } from '../../electron/web/batch-decoder.ts'
import type { DemoEngine } from './demo-engine.ts'

/** As strict as the product's own, so that whatever breaks under it breaks here. */
export const DEMO_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.map': 'application/json' }

export interface DemoServer {
  /** The page's address with a token. */
  readonly url: string
  /** Drops every socket, as a crash would; `false` also refuses new ones until `true`. */
  setUp(up: boolean): void
  /** From now on every session is refused. */
  refuse(): void
  close(): Promise<void>
}

/** Builds the page into this folder. */
export async function buildPage(outDir: string): Promise<void> {
  const { build } = await import('vite')
  const configFile = fileURLToPath(new URL('../../build/vite.config.ts', import.meta.url))
  await build({ configFile, logLevel: 'warn', build: { outDir, emptyOutDir: true } })
}

async function serveFile(folder: string, path: string, response: ServerResponse): Promise<void> {
  const name = normalize(path === '/' ? '/index.html' : path)
  try {
    const body = await readFile(join(folder, name))
    response.writeHead(200, { 'content-type': TYPES[extname(name)] ?? 'application/octet-stream', 'content-security-policy': DEMO_POLICY, 'cache-control': 'no-store' })
    response.end(body)
  } catch {
    response.writeHead(404).end()
  }
}

async function serveUpload(engine: DemoEngine, request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
  const sourceId = decodeURIComponent(path.slice('/upload/'.length))
  let bytes = 0
  for await (const chunk of request) bytes += (chunk as Buffer).length
  engine.addUpload(sourceId, bytes)
  response.writeHead(204).end()
}

async function serveBatch(engine: DemoEngine, request: IncomingMessage, path: string, response: ServerResponse): Promise<void> {
  const sourceId = decodeURIComponent(path.slice('/upload-batch/'.length))
  const sources: Source[] = []
  const decoder = new BatchDecoder()
  for await (const chunk of request) {
    for (const { name = '', bytes } of decoder.push(chunk as Buffer)) {
      if (sourceId === '') sources.push(engine.addLoose(name, bytes.length))
      else engine.addUpload(sourceId, bytes.length)
    }
  }
  const reply: BatchReply = { failed: [], sources }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reply))
}

function serveSocket(engine: DemoEngine, socket: WebSocket): void {
  const send = (message: AppServerMessage): void => socket.send(JSON.stringify(message))
  const stop = engine.subscribe((event, payload) => send({ event, payload }))
  socket.on('close', stop)
  socket.on('message', (data: Buffer) => {
    const { id, command, args } = JSON.parse(data.toString()) as AppClientMessage
    const checked = isAppCommand(command) ? APP_ARGS_SCHEMAS[command].safeParse(args) : null
    if (!checked?.success) {
      send({ id, reply: { ok: false, error: { code: 'USAGE_INVALID', message: `${command}: ${checked?.error?.message ?? 'unknown'}` } } })
      return
    }
    engine.call(command, args as never).then(
      (value) => send({ id, reply: { ok: true, value } }),
      (error: unknown) => send({ id, reply: { ok: false, error: toErrorData(error) } }),
    )
  })
}

/** Serves a built page and a demo engine on loopback, the way `holdfast serve` does. */
export async function startDemoServer(engine: DemoEngine, folder: string): Promise<DemoServer> {
  let up = true
  let refused = false
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/session') response.writeHead(refused ? 401 : up ? 204 : 503, { 'set-cookie': 'demo=1; HttpOnly; SameSite=Strict' }).end()
    else if (pathname.startsWith('/upload-batch')) void serveBatch(engine, request, pathname, response)
    else if (pathname.startsWith('/upload/')) void serveUpload(engine, request, pathname, response)
    else void serveFile(folder, pathname, response)
  })
  server.on('upgrade', (request, socket, head) => {
    if (!up || refused) socket.destroy()
    else sockets.handleUpgrade(request, socket, head, (client) => serveSocket(engine, client))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const drop = (): void => sockets.clients.forEach((client) => client.terminate())
  return {
    url: `http://127.0.0.1:${port}/#token=demo`,
    setUp(next) {
      up = next
      if (!next) drop()
    },
    refuse() {
      refused = true
      drop()
    },
    async close() {
      drop()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
