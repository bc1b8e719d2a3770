import type { ConflictAnswer } from '../../../shared/model/transfer.ts'
import { ENTRY } from './entry-state.ts'
import type { WantItem } from '../protocol/messages.ts'
import type { Ledger } from './ledger.ts'
import type { Page } from './page.ts'
import type { ConflictQuestion, ReceivePorts } from './receive-ports.ts'

/** Asks the user about files whose name is taken by other content (`--on-conflict ask`), each once, and says what is wanted then. */
export class ConflictQuestions {
  readonly #ledger: Ledger
  readonly #ask: ReceivePorts['ask']
  readonly #signal: AbortSignal
  readonly #on: { want(page: Page, item: WantItem): void; settled(): void }
  #asked = new Set<number>()
  #answerForAll: ConflictAnswer | undefined

  constructor(ledger: Ledger, ask: ReceivePorts['ask'], signal: AbortSignal, on: { want(page: Page, item: WantItem): void; settled(): void }) {
    this.#ledger = ledger
    this.#ask = ask
    this.#signal = signal
    this.#on = on
  }

  /** "And the same for all others of this transfer". */
  answerForAll(answer: ConflictAnswer): void {
    this.#answerForAll = answer
  }

  async ask(page: Page, position: number, question: ConflictQuestion): Promise<void> {
    const file = page.fileNumber(position)
    if (this.#asked.has(file)) return
    this.#asked.add(file)
    const answer = this.#answerForAll ?? (await this.#ask(this.#ledger.record, question, this.#signal).catch(() => undefined))
    this.#asked.delete(file)
    if (!answer || this.#ledger.record.ended) return
    if (answer === 'skip') {
      this.#ledger.settle(page, position, ENTRY.failed, undefined, { code: 'FILE_CONFLICT', reason: 'kept the file that is here' })
      this.#ledger.save()
      this.#on.want(page, { file, kind: 'refuse', code: 'conflict', message: 'the receiver kept its own file' })
      return this.#on.settled()
    }
    page.detail(position).conflict = answer
    this.#ledger.saveSoon()
    this.#on.want(page, { file, kind: 'resume', attempt: page.attempt(position), offset: 0 })
  }
}
