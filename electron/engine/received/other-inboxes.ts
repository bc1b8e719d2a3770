import { isAbsolute } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import type { PlainArrival, PlainArrivals } from './plain-arrivals.ts'

/** Runs that are remembered; one that is heard of again after so many others is taken for a new one. */
const MAX_RUNS = 64

/** Plain inboxes beside this engine, of its own process or another's: what they tell is listed as that of its own inbox. */
export class OtherInboxes {
  readonly #open: (folder: string) => Pick<PlainArrivals, 'add'>
  readonly #runs = new Map<string, Pick<PlainArrivals, 'add'>>()

  constructor(open: (folder: string) => Pick<PlainArrivals, 'add'>) {
    this.#open = open
  }

  /** `run`: chosen by the inbox, one for as long as it is open. Throws USAGE_INVALID. */
  add({ run, folder, arrivals }: { readonly run: string; readonly folder: string; readonly arrivals: readonly PlainArrival[] }): void {
    if (!isAbsolute(folder)) throw new HoldfastError('USAGE_INVALID', 'The folder of a plain inbox must be given as a whole path.')
    const key = JSON.stringify([run, folder])
    const inbox = this.#runs.get(key) ?? this.#open(folder)
    this.#runs.delete(key)
    this.#runs.set(key, inbox)
    const [oldest] = this.#runs.keys()
    if (this.#runs.size > MAX_RUNS && oldest !== undefined) this.#runs.delete(oldest)
    for (const arrival of arrivals) inbox.add(arrival)
  }
}
