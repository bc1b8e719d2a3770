import type { Request } from '../../../shared/model/transfer.ts'
import { HoldfastError } from '../../../shared/errors.ts'

export interface RequestAnswer {
  readonly accept: boolean
  readonly always: boolean
  readonly answer?: 'keep-both' | 'replace' | 'skip'
  readonly forAll: boolean
  readonly folder?: string
}

interface Open {
  readonly request: Request
  readonly answered: (answer: RequestAnswer) => void
}

/** Questions that wait for the user. */
export class Requests {
  readonly #on: { changed(request: Request): void; removed(requestId: string): void }
  #open = new Map<string, Open>()
  #next = 1

  constructor(on: { changed(request: Request): void; removed(requestId: string): void }) {
    this.#on = on
  }

  get size(): number {
    return this.#open.size
  }

  list(): Request[] {
    return [...this.#open.values()].map((open) => open.request)
  }

  nextId(): string {
    return String(this.#next++)
  }

  add(request: Request, answered: (answer: RequestAnswer) => void): void {
    this.#open.set(request.id, { request, answered })
    this.#on.changed(request)
  }

  /** Throws REQUEST_UNKNOWN. */
  answer(id: string, answer: RequestAnswer): void {
    const open = this.#open.get(id)
    if (!open) throw new HoldfastError('REQUEST_UNKNOWN', `There is no request ${id} any more; "holdfast requests" lists those that wait.`)
    const alike = answer.forAll && open.request.kind === 'conflict' ? this.#conflictsOf(open.request.transferId) : [open]
    for (const one of alike) {
      this.remove(one.request.id)
      one.answered(answer)
    }
  }

  remove(id: string): void {
    if (this.#open.delete(id)) this.#on.removed(id)
  }

  removeOf(transferId: string): void {
    for (const { request } of [...this.#open.values()]) if (request.transferId === transferId) this.remove(request.id)
  }

  #conflictsOf(transferId: string): Open[] {
    return [...this.#open.values()].filter(({ request }) => request.kind === 'conflict' && request.transferId === transferId)
  }
}
