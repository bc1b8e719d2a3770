import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { HEADLESS } from '../support/holdfast-process.ts'
import { Lab } from '../support/processes.ts'
import type { Contender } from './contender.ts'
import { measure } from './measure.ts'
import { hasUsableNetcat, NO_FLUSH } from './plain-contenders.ts'
import { ended, freePort, listeningOn, runProgram, startProgram } from './programs.ts'

const HANG_MS = 600_000
const MAX_LENGTH32_BYTES = 2 ** 32 - 1

/** `plain send` to `plain receive`: one file is one message, confirmed when it is safe on disk. */
function plain(framing: string): Contender {
  return {
    name: `plain-${framing}`,
    encryption: 'none',
    durability: 'flushed, renamed, confirmed',
    oneFile: true,
    missing: () => (existsSync(HEADLESS) ? null : 'npm run build'),
    prepare: () => {
      const lab = new Lab()
      const home = lab.path('home')
      return Promise.resolve({
        async run(workload, target) {
          const receiver = lab.run(home, [
            'plain', 'receive', '--framing', framing, '--listen', '127.0.0.1:0', '--dir', target, '--name', basename(workload.source),
            '--max-message', String(MAX_LENGTH32_BYTES), '--reply', 'ack',
          ])
          const { port } = await receiver.waitFor('listening')
          try {
            return await measure([receiver.pid], async () => {
              const send = lab.run(home, ['plain', 'send', workload.source, '--to', `127.0.0.1:${String(port)}`, '--framing', framing, '--await-ack'])
              await send.expectExit(0, HANG_MS)
            })
          } finally {
            await receiver.interrupt()
          }
        },
        close: () => lab.close(),
      })
    },
  }
}

export const plainEof: Contender = plain('eof')
export const plainLength32: Contender = plain('length32')

/** What `eof` is beside: the same stream with nobody who frames, names, verifies or flushes anything. */
export const netcat: Contender = {
  name: 'nc',
  encryption: 'none',
  durability: NO_FLUSH,
  oneFile: true,
  missing: () => (hasUsableNetcat() ? null : 'apt-get install netcat-openbsd'),
  prepare: () =>
    Promise.resolve({
      async run(workload, target) {
        const port = String(await freePort())
        const receiver = startProgram('sh', ['-c', 'exec nc -l 127.0.0.1 "$1" > "$2"', 'sh', port, `${target}/${basename(workload.source)}`])
        const received = ended(receiver, 'nc -l')
        received.catch(() => undefined)
        await listeningOn(Number(port), receiver)
        return measure([], async () => {
          await runProgram('sh', ['-c', 'exec nc -N 127.0.0.1 "$1" < "$2"', 'sh', port, workload.source])
          await received
        })
      },
      close: () => Promise.resolve(),
    }),
}
