import { HoldfastError } from '../shared/errors.ts'
import { t } from './text/messages.ts'

/** What could not be taken of a drop: the first of it is named, the rest counted. */
export class UploadFailures {
  #first: HoldfastError | undefined
  #more = 0

  add(error: HoldfastError): void {
    if (this.#first) this.#more += 1
    else this.#first = error
  }

  /** Undefined when everything was taken. */
  get error(): HoldfastError | undefined {
    const first = this.#first
    if (!first || this.#more === 0) return first
    return new HoldfastError(first.code, `${first.message} ${t.drop.alsoLeftOut(this.#more)}`, { cause: first })
  }
}
