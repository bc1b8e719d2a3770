import { HoldfastError } from '../../../shared/errors.ts'
import { blocksCodec } from './codecs/blocks.ts'
import { decimalCodec, MAX_DECIMAL_WIDTH } from './codecs/decimal.ts'
import { delimiterCodec, MAX_DELIMITER_BYTES } from './codecs/delimiter.ts'
import { eofCodec } from './codecs/eof.ts'
import { fixedCodec } from './codecs/fixed.ts'
import { length32Codec } from './codecs/length32.ts'
import { netstringCodec } from './codecs/netstring.ts'
import type { PlainCodec } from './codecs/plain-codec.ts'
import { typedCodec } from './codecs/typed.ts'

/** What the FRAMING argument may be, for help texts and error messages. */
export const FRAMINGS = 'eof, fixed:N, delimiter:BYTES, length32, decimal:N, netstring, blocks, typed:HH=RULE,HH=RULE'

/**
 * The codec that a FRAMING argument names, e.g. `decimal:5` or `typed:01=fixed:16,02=length32`. Messages over
 * `limitBytes` are refused before their body is awaited. Throws USAGE_INVALID with what is wrong and what is expected.
 */
export function framingCodec(text: string, limitBytes: number): PlainCodec {
  const { name, rest } = split(text)
  if (name === 'eof') return noArgument(text, name, rest, eofCodec(limitBytes))
  if (name === 'typed') return typedCodec(typedRules(text, rest, limitBytes))
  return ruleCodec(text, limitBytes)
}

/** Everything but `eof` and `typed`: what may stand in the map of `typed`. */
function ruleCodec(text: string, limitBytes: number): PlainCodec {
  const { name, rest } = split(text)
  switch (name) {
    case 'fixed': {
      const length = wholeNumber(rest)
      if (length === undefined || length < 1) throw invalid(text, 'fixed needs the length of a message in bytes, at least 1: fixed:16')
      if (length > limitBytes) throw invalid(text, `messages of ${length} bytes are over the limit of ${limitBytes}; raise the limit (--max-message)`)
      return fixedCodec(length)
    }
    case 'delimiter': {
      const delimiter = unescapeBytes(text, rest ?? '')
      if (delimiter.length === 0) throw invalid(text, 'delimiter needs the bytes that end a message: delimiter:\\n')
      if (delimiter.length > MAX_DELIMITER_BYTES) throw invalid(text, `a delimiter has at most ${MAX_DELIMITER_BYTES} bytes`)
      return delimiterCodec(delimiter, limitBytes)
    }
    case 'decimal': {
      const width = wholeNumber(rest)
      if (width === undefined || width < 1 || width > MAX_DECIMAL_WIDTH) {
        throw invalid(text, `decimal needs the number of digits, 1 to ${MAX_DECIMAL_WIDTH}: decimal:5`)
      }
      return decimalCodec(width, limitBytes)
    }
    case 'length32':
      return noArgument(text, name, rest, length32Codec(limitBytes))
    case 'netstring':
      return noArgument(text, name, rest, netstringCodec(limitBytes))
    case 'blocks':
      return noArgument(text, name, rest, blocksCodec(limitBytes))
    default:
      throw invalid(text, `expected one of ${FRAMINGS}`)
  }
}

function typedRules(text: string, map: string | undefined, limitBytes: number): Map<number, PlainCodec> {
  const rules = new Map<number, PlainCodec>()
  // A comma counts as a separator only before the next type, so that a delimiter may hold commas.
  for (const entry of (map ?? '').split(/,(?=[0-9a-fA-F]{2}=)/)) {
    const match = /^([0-9a-fA-F]{2})=(.*)$/s.exec(entry)
    if (!match) throw invalid(text, 'typed needs a map from two-digit hexadecimal types to rules: typed:01=fixed:16,02=length32')
    const type = Number.parseInt(match[1]!, 16)
    const rule = match[2]!
    if (rules.has(type)) throw invalid(text, `type ${match[1]} stands in the map twice`)
    const { name } = split(rule)
    if (name === 'eof' || name === 'typed') throw invalid(text, `${name} cannot be the rule of a type, for it does not say where a message ends`)
    rules.set(type, ruleCodec(rule, limitBytes))
  }
  return rules
}

function split(text: string): { name: string; rest: string | undefined } {
  const colon = text.indexOf(':')
  return colon < 0 ? { name: text, rest: undefined } : { name: text.slice(0, colon), rest: text.slice(colon + 1) }
}

function noArgument(text: string, name: string, rest: string | undefined, codec: PlainCodec): PlainCodec {
  if (rest !== undefined) throw invalid(text, `${name} takes nothing behind it`)
  return codec
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined
}

const ESCAPES: Readonly<Record<string, number>> = { n: 0x0a, r: 0x0d, t: 0x09, '0': 0x00, '\\': 0x5c }

/** `\n \r \t \0 \\ \xNN`; anything else stands for its UTF-8 bytes. */
function unescapeBytes(framing: string, text: string): Uint8Array {
  const bytes: number[] = []
  const pattern = /\\(?:x([0-9a-fA-F]{2})|([nrt0\\]))|(\\)|([^\\]+)/gs
  for (const [, hex, escape, stray, plain] of text.matchAll(pattern)) {
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16))
    else if (escape !== undefined) bytes.push(ESCAPES[escape]!)
    else if (stray !== undefined) throw invalid(framing, 'a backslash begins one of \\n \\r \\t \\0 \\\\ \\xNN')
    else bytes.push(...new TextEncoder().encode(plain))
  }
  return Uint8Array.from(bytes)
}

function invalid(framing: string, why: string): HoldfastError {
  return new HoldfastError('USAGE_INVALID', `The framing ${JSON.stringify(framing)} is not understood: ${why}.`)
}
