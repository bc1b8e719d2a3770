import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { hangGuard } from './hang-guard.ts'
import { requireProgram } from './system-tools.ts'

export interface Display {
  /** For the environment of the program that shows windows. */
  readonly environment: Readonly<Record<string, string>>
  close(): Promise<void>
}

/** A virtual screen of our own, on Linux; elsewhere the real one. Its number is chosen by Xvfb: no two tests collide. */
export async function openDisplay(): Promise<Display> {
  if (process.platform !== 'linux') return { environment: {}, close: () => Promise.resolve() }
  const server = spawn(
    requireProgram(['Xvfb'], ['xvfb']),
    ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp', '-noreset'],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  )
  const said: string[] = []
  server.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()))
  const lines = createInterface({ input: server.stdio[3] as NodeJS.ReadableStream })
  const number = await hangGuard(
    Promise.race([once(lines, 'line'), once(server, 'exit').then(() => { throw new Error(`Xvfb: ${said.join('')}`) })]),
    20_000,
    'Xvfb to start',
    () => said.join(''),
  )
  return {
    environment: { DISPLAY: `:${String(number[0])}` },
    async close() {
      lines.close()
      if (server.exitCode !== null || server.signalCode !== null) return
      const ended = once(server, 'exit')
      server.kill('SIGTERM')
      await ended
    },
  }
}
