import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Long enough for anything that is still alive. */
const HANG_MS = 600_000

/** Runs a program to its end; throws with its error output unless it ends well. */
export async function runProgram(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<void> {
  await ended(startProgram(command, args, 'ignore', environment), command)
}

/** Starts a program that is waited for or stopped later. */
export function startProgram(
  command: string,
  args: readonly string[],
  stdout: 'ignore' | 'pipe' = 'ignore',
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(command, args, { stdio: ['ignore', stdout, 'pipe'], env: { ...process.env, ...environment }, timeout: HANG_MS, killSignal: 'SIGKILL' })
}

export async function ended(child: ChildProcess, name: string): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}: ${said.trim()}`)
}

export async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Waits until somebody listens on a port, without connecting: for servers that take one connection only. */
export async function listeningOn(port: number, child: ChildProcess): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `
  for (let tries = 0; tries < 500; tries++) {
    const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map((table) => readFile(table, 'utf8').catch(() => '')))
    const lines = tables.join('\n').split('\n')
    if (lines.some((line) => line.includes(wanted) && / 0A /.test(line))) return
    if (child.exitCode !== null || child.signalCode !== null) break
    await delay(20)
  }
  throw new Error(`${child.spawnfile} does not listen on port ${port}`)
}
