import { isatty } from 'node:tty'
import { systemClock } from '../engine/util/clock.ts'
import { userHome } from '../engine/util/user-home.ts'
import { exitAtOnce } from './exit-at-once.ts'
import { isForeground } from './foreground.ts'
import type { CommandIo, StopSignal } from './io.ts'
import { StdinLines } from './stdin-lines.ts'
import { StreamSink } from './stream-sink.ts'

const SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** The real process around a command. */
export function processIo(): CommandIo {
  return {
    stdout: new StreamSink(process.stdout),
    stderr: new StreamSink(process.stderr),
    stdin: new StdinLines(isatty(0), () => (isatty(0) && !isForeground() ? undefined : process.stdin)),
    env: process.env,
    platform: process.platform,
    cwd: process.cwd(),
    userHome: userHome(),
    clock: systemClock,
    onSignal(listener) {
      const hear = (signal: NodeJS.Signals) => listener(signal as StopSignal)
      for (const signal of SIGNALS) process.on(signal, hear)
      // Heard until the very end: one that comes while the last is said must not change the exit code.
      return () => undefined
    },
    exitNow: exitAtOnce,
  }
}
