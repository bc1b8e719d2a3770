import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Server, Socket } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, type TestContext } from 'vitest'
import type { Lab, Receiver } from './processes.ts'
import { readProcessUse } from './rss.ts'

const GUARD_MS = 90_000
/** A process that has not been made to hoard is far below. */
export const MODEST_RSS_BYTES = 300 * (1 << 20)

/** A file to send. */
export async function smallFile(lab: Lab, content = 'hello'): Promise<string> {
  const file = join(await lab.folder('source'), 'file.txt')
  writeFileSync(file, content)
  return file
}

/** A server on a free loopback port, for as long as the test runs. */
export async function serve(server: Server, onFinished: TestContext['onTestFinished'] = onTestFinished): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** The receiver goes on as if nothing had been. */
export async function expectServing(lab: Lab, receiver: Receiver): Promise<void> {
  const send = lab.run(lab.path('honest'), ['send', await smallFile(lab, 'still here'), '--to', receiver.address, '--trust-first-use'])
  await send.expectExit(0, GUARD_MS)
  expect(readFileSync(join(receiver.folder, 'file.txt'), 'utf8')).toBe('still here')
  const use = await readProcessUse(receiver.process.pid)
  if (use) expect(use.peakRssBytes).toBeLessThan(MODEST_RSS_BYTES)
}
