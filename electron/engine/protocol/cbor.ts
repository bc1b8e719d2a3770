import { Tokenizer, decode, encode } from 'cborg'
import type { Token } from 'cborg'
import { MAX_CBOR_DEPTH } from './limits.ts'
import { ProtocolError } from './protocol-error.ts'
import { isUtf8 } from './text.ts'

const OPTIONS = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  rejectDuplicateMapKeys: true,
} as const

const MAJOR_TEXT = 3
const MAJOR_ARRAY = 4
const MAJOR_MAP = 5
const MAJOR_TAG = 6
const FALSE = 0xf4
const NULL = 0xf6

/**
 * cborg's tokens, held to this protocol's subset: integers, byte strings, text in valid UTF-8, arrays, maps with text
 * keys, true, false and null, at most eight levels deep. cborg itself has no depth limit, decodes bad UTF-8 to U+FFFD and
 * drops a leading byte order mark: two names could become one.
 */
class StrictTokenizer extends Tokenizer {
  readonly #bytes: Uint8Array
  /** Values still to come at each open level. */
  readonly #open: number[] = []

  constructor(bytes: Uint8Array) {
    super(bytes, OPTIONS)
    this.#bytes = bytes
  }

  override next(): Token {
    const at = this.pos()
    const byte = this.#bytes[at]!
    const major = byte >> 5
    if (major === MAJOR_TAG || (byte > NULL || (major === 7 && byte < FALSE))) {
      throw new ProtocolError('a message holds a tag, a float or another form that is not allowed')
    }
    const token = super.next()
    while (this.#open.at(-1) === 0) this.#open.pop()
    if (this.#open.length > 0) this.#open[this.#open.length - 1]! -= 1
    if (major === MAJOR_TEXT) this.#checkText(token, at)
    if (major === MAJOR_ARRAY || major === MAJOR_MAP) this.#descend(major, token.value as number)
    return token
  }

  #checkText(token: Token, at: number): void {
    const end = this.pos()
    const start = end - (token.encodedLength! - headLength(this.#bytes[at]!))
    if (!isUtf8(this.#bytes, start, end)) throw new ProtocolError('a message holds text that is not UTF-8')
    if (this.#bytes[start] === 0xef && this.#bytes[start + 1] === 0xbb && this.#bytes[start + 2] === 0xbf && end - start >= 3) {
      token.value = '\ufeff' + (token.value as string)
    }
  }

  #descend(major: number, count: number): void {
    const values = major === MAJOR_MAP ? count * 2 : count
    if (values > this.#bytes.length - this.pos()) throw new ProtocolError('a message promises more values than it has bytes')
    this.#open.push(values)
    if (this.#open.length > MAX_CBOR_DEPTH) throw new ProtocolError(`a message is nested deeper than ${MAX_CBOR_DEPTH} levels`)
  }
}

/** Throws ProtocolError, whatever is wrong. The size has been capped by the frame's limit. */
export function decodeCbor(bytes: Uint8Array): unknown {
  // A plain view, for cborg would give Buffers back for a Buffer.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    return decode(plain, { ...OPTIONS, tokenizer: new StrictTokenizer(plain) })
  } catch (error) {
    if (error instanceof ProtocolError) throw error
    throw new ProtocolError(error instanceof Error ? error.message : 'a message is not CBOR')
  }
}

/** Deterministic: the same value gives the same bytes (RFC 7049 canonical key order). */
export function encodeCbor(value: unknown): Uint8Array {
  return encode(value, { ignoreUndefinedProperties: true })
}

function headLength(byte: number): number {
  const minor = byte & 31
  return minor < 24 ? 1 : 1 + 2 ** (minor - 24)
}
