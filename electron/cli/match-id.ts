import { HoldfastError, type ErrorCode } from '../../shared/errors.ts'

const SHORTEST = 4

/** The one id that is, or begins with, what was typed (four characters at least). Throws `code`. */
export function matchId(typed: string, ids: readonly string[], code: ErrorCode, what: string): string {
  const id = findId(typed, ids)
  if (id !== undefined) return id
  const several = typed.length >= SHORTEST && ids.some((one) => one.startsWith(typed))
  const shown = JSON.stringify(typed)
  throw new HoldfastError(code, several ? `More than one ${what} begins with ${shown}: give more of it.` : `There is no ${what} ${shown}.`)
}

/** As matchId, undefined when none or several fit. */
export function findId(typed: string, ids: readonly string[]): string | undefined {
  if (ids.includes(typed)) return typed
  if (typed.length < SHORTEST) return undefined
  const matches = ids.filter((id) => id.startsWith(typed))
  return matches.length === 1 ? matches[0] : undefined
}
