/** Announces facts. Listeners are called synchronously, in order; one that throws does not stop the others. */
export class Emitter<Payloads extends object> {
  #listeners = new Map<keyof Payloads, Set<(payload: never) => void>>()

  on<E extends keyof Payloads>(event: E, listener: (payload: Payloads[E]) => void): () => void {
    const set = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, set)
    set.add(listener as (payload: never) => void)
    return () => set.delete(listener as (payload: never) => void)
  }

  emit<E extends keyof Payloads>(event: E, payload: Payloads[E]): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) {
      try {
        ;(listener as (payload: Payloads[E]) => void)(payload)
      } catch (error) {
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
