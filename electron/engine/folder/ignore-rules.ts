import ignore, { type Ignore } from 'ignore'
import { IGNORE_FILE } from './sync-place.ts'

/** What a shared folder's `.holdfastignore` may be. Another device may have written it, to cost us time. */
export const MAX_IGNORE_BYTES = 256 * 1024
const MAX_LINES = 10_000
const MAX_PATTERN_BYTES = 4 * 1024
/** Stars in one pattern. */
const MAX_STARS = 8
/** A double star inside a pattern tries every folder of a path; two of them, every pair. */
const MAX_INNER_DOUBLE_STARS = 1
/** Patterns with more than one star, or a double star inside. */
const MAX_COSTLY = 256
/** The library remembers every path it was asked about. */
const MAX_REMEMBERED = 4096

export interface RefusedLine {
  /** From 1. */
  readonly line: number
  readonly reason: string
}

/** Gitignore rules, bounded. Case matters on every device, so that all of them ignore the same. */
export class IgnoreRules {
  readonly refused: readonly RefusedLine[]
  readonly #compiled: Ignore
  #asked: Ignore
  #remembered = 0
  readonly #empty: boolean

  constructor(text: string) {
    const { patterns, refused } = boundedPatterns(text)
    this.refused = refused
    this.#empty = patterns.length === 0
    this.#compiled = ignore({ ignorecase: false }).add(patterns)
    this.#asked = this.#compiled
  }

  /** The path must have passed the gate. A folder that is ignored is so with everything in it. */
  ignores(path: string, kind: 'file' | 'folder'): boolean {
    if (this.#empty || path === IGNORE_FILE) return false
    if (this.#remembered++ >= MAX_REMEMBERED) {
      this.#remembered = 0
      this.#asked = ignore({ ignorecase: false }).add(this.#compiled)
    }
    return this.#asked.ignores(kind === 'folder' ? `${path}/` : path)
  }
}

export const NO_RULES = new IgnoreRules('')

function boundedPatterns(text: string): { patterns: string[]; refused: RefusedLine[] } {
  const patterns: string[] = []
  const refused: RefusedLine[] = []
  const whole = text.length <= MAX_IGNORE_BYTES && Buffer.byteLength(text) <= MAX_IGNORE_BYTES
  const lines = (whole ? text : text.slice(0, MAX_IGNORE_BYTES)).replace(/^\ufeff/, '').split(/\r?\n/, MAX_LINES + 1)
  if (!whole) refused.push({ line: lines.length, reason: 'and what follows is left out: the file has more than 256 KiB' })
  let costly = 0
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const cost = costOf(line)
    if (index >= MAX_LINES) refused.push({ line: index + 1, reason: 'and what follows is left out: the file has more than 10,000 lines' })
    else if (cost.problem !== undefined) refused.push({ line: index + 1, reason: cost.problem })
    else if (cost.costly && ++costly > MAX_COSTLY) refused.push({ line: index + 1, reason: `is one of more than ${MAX_COSTLY} patterns with several stars` })
    else patterns.push(line)
  }
  return { patterns, refused }
}

function costOf(line: string): { readonly problem?: string; readonly costly: boolean } {
  if (Buffer.byteLength(line) > MAX_PATTERN_BYTES) return { problem: 'is longer than 4 KiB', costly: true }
  const stars = (line.match(/\*+/g) ?? []).length
  if (stars > MAX_STARS) return { problem: `has more than ${MAX_STARS} stars`, costly: true }
  const inner = (line.replace(/^!?\/?(?:\*\*\/)+/, '').match(/\*{2,}(?=\/.)/g) ?? []).length
  if (inner > MAX_INNER_DOUBLE_STARS) return { problem: 'has more than one ** between folders', costly: true }
  return { costly: stars > 1 || inner > 0 }
}
