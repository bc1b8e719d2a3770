import { parseNumber, usageError } from './args.ts'

/** Seconds as milliseconds. */
export function parseSeconds(text: string | undefined, name: string, command: string, defaultMs: number): number {
  return text === undefined ? defaultMs : Math.round(parseNumber(text, name, command, { min: 0, max: 86_400 * 7 }) * 1000)
}

export function parseWhole(text: string | undefined, name: string, command: string, range: { min: number; max: number }, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = parseNumber(text, name, command, range)
  if (!Number.isInteger(value)) throw usageError(`--${name} takes a whole number`, command)
  return value
}

/** The one that was given; USAGE_INVALID when both were. */
export function oneOf(first: string | undefined, second: string | undefined, names: string, command: string): void {
  if (first !== undefined && second !== undefined) throw usageError(`only one of ${names}`, command)
}
