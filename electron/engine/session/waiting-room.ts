import type { Tunables } from './tunables.ts'

/** Bounds how many strangers may sit on an open socket without having said hello. */
export class WaitingRoom {
  readonly #limits: Pick<Tunables, 'maxWaitingSockets' | 'maxWaitingPerAddress'>
  readonly #byHost = new Map<string, number>()
  #total = 0

  constructor(limits: Pick<Tunables, 'maxWaitingSockets' | 'maxWaitingPerAddress'>) {
    this.#limits = limits
  }

  /** Undefined: full. Else a function that gives the seat back, harmless when called again. */
  enter(host: string, exempt: boolean): (() => void) | undefined {
    if (exempt) return () => {}
    const here = this.#byHost.get(host) ?? 0
    if (this.#total >= this.#limits.maxWaitingSockets || here >= this.#limits.maxWaitingPerAddress) return undefined
    this.#total += 1
    this.#byHost.set(host, here + 1)
    let seated = true
    return () => {
      if (!seated) return
      seated = false
      this.#total -= 1
      const left = this.#byHost.get(host)! - 1
      if (left === 0) this.#byHost.delete(host)
      else this.#byHost.set(host, left)
    }
  }
}
