import { HoldfastError } from '../../../shared/errors.ts'
import { gatePath } from '../folder/path-gate.ts'

/** What a message's file name may be made of. */
export interface NameFacts {
  /** Counts the messages of this inbox, from 1. */
  readonly number: number
  /** Counts its connections, from 1. */
  readonly connection: number
  readonly nowMs: number
  /** The sender's address. */
  readonly peer: string
  readonly id: bigint | undefined
  readonly type: number | undefined
}

/** Placeholders and what they stand for; also the help text. */
export const NAME_PLACEHOLDERS: Readonly<Record<string, string>> = {
  number: 'the message’s number since the start, from 000001',
  date: 'the day it arrived, 2025-01-31',
  time: 'the time it arrived, 235959',
  id: 'its id (with ids)',
  peer: 'the sender’s address',
  connection: 'the connection’s number since the start',
  type: 'its type byte in hexadecimal (typed)',
}

export const DEFAULT_NAME_PATTERN = '{date} {time} {number}.bin'
/** The id names the file, so a repeat that comes after a restart meets the same content under its name and is dropped too. */
export const DEFAULT_NAME_PATTERN_WITH_IDS = '{id}.bin'

export interface NamePattern {
  /** Slash-separated, below the receive folder; passes the path gate for any facts. */
  name(facts: NameFacts): string
}

/** Reads `--name`. Throws USAGE_INVALID when a placeholder is unknown or the path gate refuses what the pattern makes. */
export function namePattern(pattern: string, options: { readonly ids: boolean; readonly typed: boolean }): NamePattern {
  for (const [whole, name = ''] of pattern.matchAll(/\{([^{}]*)\}/g)) {
    if (!Object.hasOwn(NAME_PLACEHOLDERS, name)) {
      const known = Object.keys(NAME_PLACEHOLDERS).map((one) => `{${one}}`).join(' ')
      throw invalid(pattern, `${whole} is no placeholder; there are ${known}`)
    }
    if (name === 'id' && !options.ids) throw invalid(pattern, '{id} needs messages with ids (--ids)')
    if (name === 'type' && !options.typed) throw invalid(pattern, '{type} needs the framing typed')
  }
  const expand = (facts: NameFacts) => pattern.replace(/\{([^{}]*)\}/g, (_, name: string) => value(name, facts))
  const example = gatePath(expand({ number: 1, connection: 1, nowMs: 0, peer: '::1', id: 2n ** 64n - 1n, type: 0 }))
  if (!example.ok) throw invalid(pattern, `such a name ${example.reason}`)
  return { name: expand }
}

function value(name: string, facts: NameFacts): string {
  const now = new Date(facts.nowMs)
  const two = (count: number) => String(count).padStart(2, '0')
  switch (name) {
    case 'number':
      return String(facts.number).padStart(6, '0')
    case 'date':
      return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
    case 'time':
      return `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`
    case 'id':
      return String(facts.id ?? 0n)
    case 'peer':
      return facts.peer.replace(/[^0-9A-Za-z.]/g, '-')
    case 'connection':
      return String(facts.connection)
    default:
      return (facts.type ?? 0).toString(16).padStart(2, '0')
  }
}

function invalid(pattern: string, why: string): HoldfastError {
  return new HoldfastError('USAGE_INVALID', `The name ${JSON.stringify(pattern)} cannot be used: ${why}.`)
}
