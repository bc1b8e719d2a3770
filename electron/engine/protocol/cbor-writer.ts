import { clipText, utf8Length, writeUtf8 } from './text.ts'

/** A head of CBOR: its major type in the upper three bits. */
const UNSIGNED = 0x00
const NEGATIVE = 0x20
const BYTES = 0x40
const TEXT = 0x60
const ARRAY = 0x80
const MAP = 0xa0
const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6

const LONGEST_HEAD = 9
const FIRST_BYTES = 512

/**
 * A value of the subset that `decodeCbor` reads, in CBOR. Deterministic: the same value gives the same bytes (RFC 8949,
 * 4.2.3, shorter keys first), for maps whose keys are ASCII, as all of this protocol's are. What is undefined in a map is left out; a lone surrogate becomes U+FFFD. Throws RangeError for what has no place in the subset.
 */
export function encodeCbor(value: unknown): Uint8Array {
  const writer = new CborWriter()
  writer.write(value)
  return writer.finish()
}

class CborWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #at = 0

  /** Exactly as long as it need be: it may be kept until it is acknowledged. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  write(value: unknown): void {
    switch (typeof value) {
      case 'number':
        return this.#number(value)
      case 'string':
        return this.#text(value)
      case 'boolean':
        return this.#head(value ? TRUE : FALSE, 0)
      case 'bigint':
        return value < 0n ? this.#long(NEGATIVE, -1n - value) : this.#long(UNSIGNED, value)
      case 'object':
        if (value === null) return this.#head(NULL, 0)
        if (value instanceof Uint8Array) return this.#raw(value)
        if (Array.isArray(value)) return this.#list(value)
        return this.#map(value as Record<string, unknown>)
      default:
        throw new RangeError(`a message cannot hold a ${typeof value}`)
    }
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError(`a message cannot hold the number ${value}`)
    if (value < 0) this.#head(NEGATIVE, -1 - value)
    else this.#head(UNSIGNED, value)
  }

  #long(major: number, value: bigint): void {
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return this.#head(major, Number(value))
    if (value >= 1n << 64n) throw new RangeError('a message cannot hold a number of more than 64 bits')
    this.#room(LONGEST_HEAD)
    this.#bytes[this.#at] = major | 27
    this.#uint32(this.#at + 1, Number(value >> 32n))
    this.#uint32(this.#at + 5, Number(value & 0xffff_ffffn))
    this.#at += 9
  }

  #text(text: string): void {
    const length = utf8Length(text)
    // It has a lone surrogate, for which UTF-8 has no form.
    if (length < 0) return this.#text(clipText(text, Infinity))
    this.#head(TEXT, length)
    this.#room(length)
    this.#at = writeUtf8(this.#bytes, this.#at, text)
  }

  #raw(bytes: Uint8Array): void {
    this.#head(BYTES, bytes.length)
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #list(list: readonly unknown[]): void {
    this.#head(ARRAY, list.length)
    for (const value of list) this.write(value)
  }

  #map(map: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(map).filter((key) => map[key] !== undefined).sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
    this.#head(MAP, keys.length)
    for (const key of keys) {
      this.#text(key)
      this.write(map[key])
    }
  }

  #head(major: number, argument: number): void {
    this.#room(LONGEST_HEAD)
    const bytes = this.#bytes
    const at = this.#at
    if (argument < 24) {
      bytes[at] = major | argument
      this.#at = at + 1
    } else if (argument < 0x100) {
      bytes[at] = major | 24
      bytes[at + 1] = argument
      this.#at = at + 2
    } else if (argument < 0x1_0000) {
      bytes[at] = major | 25
      bytes[at + 1] = argument >> 8
      bytes[at + 2] = argument
      this.#at = at + 3
    } else if (argument < 0x1_0000_0000) {
      bytes[at] = major | 26
      this.#uint32(at + 1, argument)
      this.#at = at + 5
    } else {
      bytes[at] = major | 27
      this.#uint32(at + 1, Math.floor(argument / 0x1_0000_0000))
      this.#uint32(at + 5, argument % 0x1_0000_0000)
      this.#at = at + 9
    }
  }

  #uint32(at: number, value: number): void {
    this.#bytes[at] = value >>> 24
    this.#bytes[at + 1] = value >>> 16
    this.#bytes[at + 2] = value >>> 8
    this.#bytes[at + 3] = value
  }

  #room(length: number): void {
    if (this.#at + length <= this.#bytes.length) return
    const longer = new Uint8Array(Math.max(this.#bytes.length * 4, this.#at + length))
    longer.set(this.#bytes)
    this.#bytes = longer
  }
}
