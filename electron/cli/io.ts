import type { Clock } from '../engine/util/clock.ts'

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

/** Where text goes. Writing never blocks and never throws; a reader that has gone away is no error. */
export interface TextSink {
  readonly isTerminal: boolean
  /** Width in cells; 80 when not a terminal. */
  readonly columns: number
  write(text: string): void
  /** Settles when everything written has been taken by the operating system. */
  flush(): Promise<void>
}

export interface LineSource {
  readonly isTerminal: boolean
  /** Begins to read with the first listener. `onEnd`: no more lines will come. */
  listen(onLine: (line: string) => void, onEnd: () => void): () => void
}

/** The process around a command, as a port: tests bring their own. */
export interface CommandIo {
  readonly stdout: TextSink
  readonly stderr: TextSink
  readonly stdin: LineSource
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: NodeJS.Platform
  readonly cwd: string
  readonly userHome: string
  readonly clock: Clock
  /** While anybody listens, the signals do not end the process. */
  onSignal(listener: (signal: StopSignal) => void): () => void
  /** Ends the process at once, losing what is buffered. */
  exitNow(code: number): void
}
