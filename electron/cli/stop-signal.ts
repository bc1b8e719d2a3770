import type { CommandIo } from './io.ts'

export interface StopSignal {
  /** Resolves with the first signal. */
  readonly asked: Promise<void>
  readonly wasAsked: boolean
  release(): void
}

/** The first signal asks to end well, the second ends the process at once with `code`. */
export function stopSignal(io: Pick<CommandIo, 'onSignal' | 'exitNow'>, code: number): StopSignal {
  let count = 0
  let ask = () => {}
  const asked = new Promise<void>((resolve) => {
    ask = resolve
  })
  const release = io.onSignal(() => {
    count += 1
    if (count > 1) io.exitNow(code)
    ask()
  })
  return {
    asked,
    get wasAsked() {
      return count > 0
    },
    release,
  }
}
