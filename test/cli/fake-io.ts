import type { CommandIo, LineSource, StopSignal, TextSink } from '../../electron/cli/io.ts'
import { COMMANDS } from '../../electron/cli/registry.ts'
import { runCommand } from '../../electron/cli/run-command.ts'
import type { EngineOptions } from '../../electron/engine/engine-options.ts'
import type { EngineRole, OpenedEngine } from '../../electron/engine/host/open-engine.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { FakeEngine } from '../support/fake-engine.ts'

// Loading a command takes real time; tests have none.
await Promise.all(COMMANDS.map((entry) => entry.load()))

/** Lets everything that waits for promises only come to rest. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

export class FakeSink implements TextSink {
  text = ''
  isTerminal = false
  columns = 80

  write(text: string): void {
    this.text += text
  }

  async flush(): Promise<void> {}

  get events(): Record<string, unknown>[] {
    return this.text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line))
  }

  named(event: string): Record<string, unknown>[] {
    return this.events.filter((one) => one['event'] === event)
  }
}

export class FakeStdin implements LineSource {
  isTerminal = false
  listeners = new Set<{ onLine: (line: string) => void; onEnd: () => void }>()

  listen(onLine: (line: string) => void, onEnd: () => void): () => void {
    const listener = { onLine, onEnd }
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  type(line: string): void {
    for (const { onLine } of [...this.listeners]) onLine(line)
  }

  end(): void {
    for (const { onEnd } of [...this.listeners]) onEnd()
  }
}

export class FakeIo implements CommandIo {
  readonly stdout = new FakeSink()
  readonly stderr = new FakeSink()
  readonly stdin = new FakeStdin()
  readonly clock = new FakeClock()
  env: Record<string, string | undefined> = {}
  platform: NodeJS.Platform = 'linux'
  cwd = '/work'
  userHome = '/home/me'
  exited: number[] = []
  #signals = new Set<(signal: StopSignal) => void>()

  onSignal(listener: (signal: StopSignal) => void): () => void {
    this.#signals.add(listener)
    return () => this.#signals.delete(listener)
  }

  get heedsSignals(): boolean {
    return this.#signals.size > 0
  }

  signal(signal: StopSignal = 'SIGINT'): void {
    for (const listener of [...this.#signals]) listener(signal)
  }

  exitNow(code: number): void {
    this.exited.push(code)
  }
}

export interface Run {
  readonly io: FakeIo
  readonly opened: { options: EngineOptions; role: EngineRole }[]
  readonly exit: Promise<number>
}

/** A command line against fake engines, one for each time that one is opened (the last one again). */
export function run(line: readonly string[], engines: readonly FakeEngine[], own = true, io = new FakeIo(), gate?: Promise<void>): Run {
  const opened: { options: EngineOptions; role: EngineRole }[] = []
  const exit = runCommand(line, {
    io,
    version: '1.2.3',
    commands: COMMANDS,
    async openEngine(options, role): Promise<OpenedEngine> {
      const engine = engines[Math.min(opened.length, engines.length - 1)]
      opened.push({ options, role })
      await gate
      if (!engine) throw new Error('no engine was expected')
      return {
        own,
        closed: engine.closed,
        call: (command, args) => engine.call(command, args),
        on: (event, listener) => engine.on(event, listener),
        close: () => engine.close(),
      }
    },
  })
  return { io, opened, exit }
}
