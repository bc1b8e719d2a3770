/** Answers many small questions of one moment by one call: a message to another thread costs more than the answer. */
export class Together<Question, Answer> {
  readonly #most: number
  readonly #answer: (questions: readonly Question[]) => Promise<readonly Answer[]>
  #asked: { readonly question: Question; readonly resolve: (answer: Answer) => void; readonly reject: (error: unknown) => void }[] = []

  constructor(most: number, answer: (questions: readonly Question[]) => Promise<readonly Answer[]>) {
    this.#most = most
    this.#answer = answer
  }

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ question, resolve, reject })
      if (this.#asked.length === 1) queueMicrotask(() => this.#send())
      if (this.#asked.length >= this.#most) this.#send()
    })
  }

  #send(): void {
    const asked = this.#asked
    this.#asked = []
    if (asked.length === 0) return
    this.#answer(asked.map(({ question }) => question)).then(
      (answers) => asked.forEach(({ resolve }, index) => resolve(answers[index] as Answer)),
      (error: unknown) => asked.forEach(({ reject }) => reject(error)),
    )
  }
}
