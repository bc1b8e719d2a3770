/**
 * Work that nobody waits for. What goes wrong with it is told to the first of `tell`; when telling goes wrong too, to the
 * next: a rejection neither ends the engine's thread nor gets lost.
 */
export function detached(work: Promise<unknown>, ...tell: readonly ((error: unknown) => void)[]): void {
  work.catch((error: unknown) => tellFirst(error, tell))
}

function tellFirst(error: unknown, [first, ...others]: readonly ((error: unknown) => void)[]): void {
  if (!first) return
  try {
    first(error)
  } catch (worse) {
    tellFirst(worse, others)
  }
}
