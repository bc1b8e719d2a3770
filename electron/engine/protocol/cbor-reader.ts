import { MAX_CBOR_DEPTH } from './limits.ts'
import { ProtocolError } from './protocol-error.ts'
import { readUtf8 } from './text.ts'

const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6

const INDEFINITE = 31
/** One for all: a message may hold hundreds of thousands. */
const NOTHING = new Uint8Array(0)

/**
 * The value that `bytes` are in CBOR (RFC 8949), held to this protocol's subset: whole numbers, byte strings, text in valid
 * UTF-8, arrays, maps with text keys of which none comes twice, true, false and null; every length given and as short as it
 * can be; at most eight levels deep; nothing after it. Whole numbers that a number cannot hold come as bigint, maps as plain
 * objects. Throws ProtocolError, whatever is wrong. The size has been capped by the frame's limit.
 */
export function decodeCbor(bytes: Uint8Array): unknown {
  const reader = new CborReader(bytes)
  const value = reader.read(0)
  if (reader.left > 0) throw new ProtocolError('a message goes on after its value')
  return value
}

class CborReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  /** `depth`: of the arrays and maps around it. */
  read(depth: number): unknown {
    const head = this.#byte()
    const minor = head & 31
    switch (head >> 5) {
      case 0:
        return this.#argument(minor)
      case 1: {
        const argument = this.#argument(minor)
        return typeof argument === 'bigint' || argument === Number.MAX_SAFE_INTEGER ? -1n - BigInt(argument) : -1 - argument
      }
      case 2: {
        const at = this.#take(this.#length(minor))
        return at === this.#at ? NOTHING : this.#bytes.slice(at, this.#at)
      }
      case 3: {
        const at = this.#take(this.#length(minor))
        const text = readUtf8(this.#bytes, at, this.#at)
        if (text === undefined) throw new ProtocolError('a message holds text that is not UTF-8')
        return text
      }
      case 4:
        return this.#list(this.#values(minor, 1, depth), depth)
      case 5:
        return this.#map(this.#values(minor, 2, depth), depth)
      default:
        if (head === TRUE || head === FALSE) return head === TRUE
        if (head === NULL) return null
        throw new ProtocolError('a message holds a tag, a float or another form that is not allowed')
    }
  }

  #list(count: number, depth: number): unknown[] {
    const list: unknown[] = []
    for (let i = 0; i < count; i += 1) list.push(this.read(depth + 1))
    return list
  }

  #map(count: number, depth: number): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    for (let i = 0; i < count; i += 1) {
      const key = this.read(depth + 1)
      if (typeof key !== 'string' || key === '__proto__' || Object.hasOwn(map, key)) throw new ProtocolError('a message has a key that is no text, not allowed, or there twice')
      map[key] = this.read(depth + 1)
    }
    return map
  }

  /** How many items an array or map has, after a look at whether they can all be there. */
  #values(minor: number, each: number, depth: number): number {
    const count = this.#length(minor)
    if (depth === MAX_CBOR_DEPTH) throw new ProtocolError(`a message is nested deeper than ${MAX_CBOR_DEPTH} levels`)
    if (count * each > this.left) throw new ProtocolError('a message promises more values than it has bytes')
    return count
  }

  #length(minor: number): number {
    const length = this.#argument(minor)
    if (typeof length === 'bigint') throw new ProtocolError('a message promises more than it has')
    return length
  }

  #argument(minor: number): number | bigint {
    if (minor < 24) return minor
    switch (minor) {
      case 24:
        return shortest(this.#byte(), 24)
      case 25:
        return shortest(this.#byte() * 0x100 + this.#byte(), 0x100)
      case 26:
        return shortest(this.#uint32(), 0x1_0000)
      case 27: {
        const high = shortest(this.#uint32(), 1)
        const low = this.#uint32()
        const value = high * 0x1_0000_0000 + low
        return value <= Number.MAX_SAFE_INTEGER ? value : (BigInt(high) << 32n) | BigInt(low)
      }
      case INDEFINITE:
        throw new ProtocolError('a message does not say how long a part of it is')
      default:
        throw new ProtocolError('a message is not CBOR')
    }
  }

  #uint32(): number {
    return this.#byte() * 0x100_0000 + this.#byte() * 0x1_0000 + this.#byte() * 0x100 + this.#byte()
  }

  #byte(): number {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) throw new ProtocolError('a message ends too early')
    this.#at += 1
    return byte
  }

  /** Where they begin; `#at` is behind them then. */
  #take(length: number): number {
    if (length > this.left) throw new ProtocolError('a message ends too early')
    const at = this.#at
    this.#at += length
    return at
  }
}

function shortest(argument: number, least: number): number {
  if (argument < least) throw new ProtocolError('a message holds a number in more bytes than it needs')
  return argument
}
