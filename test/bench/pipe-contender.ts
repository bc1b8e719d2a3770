import { createReadStream, createWriteStream } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Contender } from './contender.ts'
import { measure } from './measure.ts'
import { ended, startProgram } from './programs.ts'

/** The limit of Node itself: a file's stream piped into a socket, a socket's into a file, in two processes. Nobody checks anything. */
export const nodePipe: Contender = {
  name: 'node-pipe',
  encryption: 'none',
  durability: 'nothing flushed, nothing verified',
  oneFile: true,
  missing: () => null,
  prepare: () =>
    Promise.resolve({
      async run(workload, target) {
        const receiver = startProgram(process.execPath, [fileURLToPath(import.meta.url), 'receive', join(target, basename(workload.source))], 'pipe')
        const received = ended(receiver, 'node receive')
        received.catch(() => undefined)
        const port = await new Promise<string>((resolve) => receiver.stdout?.once('data', (line: Buffer) => resolve(line.toString().trim())))
        return measure([], async () => {
          await ended(startProgram(process.execPath, [fileURLToPath(import.meta.url), 'send', workload.source, port]), 'node send')
          await received
        })
      },
      close: () => Promise.resolve(),
    }),
}

const BUFFER_BYTES = 1 << 20

async function main(role: string | undefined, path = '', port = ''): Promise<void> {
  if (role === 'send') return pipeline(createReadStream(path, { highWaterMark: BUFFER_BYTES }), connect(Number(port), '127.0.0.1'))
  const server = createServer((socket) => {
    server.close()
    void pipeline(socket, createWriteStream(path, { highWaterMark: BUFFER_BYTES }))
  })
  server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(...(process.argv.slice(2) as [string, string, string]))
