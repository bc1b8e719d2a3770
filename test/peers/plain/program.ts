import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'

/** Why a program cannot take part; undefined when it can. */
export function missing(program: string, args: readonly string[]): string | undefined {
  const { error } = spawnSync(program, [...args], { stdio: 'ignore', timeout: 10_000 })
  return error ? `${program} is not installed` : undefined
}

export interface Finished {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** A program under way, and what it says. */
export class Program {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  readonly #stdout: Buffer[] = []
  #stderr = ''

  constructor(program: string, args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: string | Buffer } = {}) {
    const stdin = options.input === undefined ? 'ignore' : 'pipe'
    this.child = spawn(program, [...args], { cwd: options.cwd, env: options.env ?? process.env, stdio: [stdin, 'pipe', 'pipe'] })
    this.child.stdin?.on('error', () => undefined)
    this.child.stdin?.end(options.input)
    this.child.stdout?.on('data', (chunk: Buffer) => this.#stdout.push(chunk))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()))
    this.finished = new Promise((resolve, reject) => {
      this.child.once('error', reject)
      this.child.once('close', (code) => resolve({ code, stdout: Buffer.concat(this.#stdout), stderr: this.#stderr }))
    })
  }

  /** The first line of standard output for which `find` gives something. */
  line<T>(find: (line: string) => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const lines = createInterface({ input: this.child.stdout! })
      lines.on('line', (line) => {
        const found = find(line)
        if (found === undefined) return
        resolve(found)
      })
      void this.finished.then(({ stderr }) => reject(new Error(`it ended first: ${stderr}`)))
    })
  }

  port(): Promise<number> {
    return this.line((line) => (/^\d+$/.test(line) ? Number(line) : undefined))
  }

  async success(): Promise<Finished> {
    const finished = await this.finished
    if (finished.code !== 0) throw new Error(`it ended with ${finished.code}: ${finished.stderr}`)
    return finished
  }

  async stop(): Promise<Finished> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGTERM')
    return await this.finished
  }
}
