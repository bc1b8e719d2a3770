import { CodecError, type MessageSink } from '../../protocol/codec.ts'
import { countBytes, decoderOf, quoteBytes, type PlainCodec, type PlainHead } from './plain-codec.ts'
import { SizedReader, tooLarge, type LengthHead } from './sized.ts'

const COLON = 0x3a
const COMMA = Uint8Array.of(0x2c)
const DIGIT_ZERO = 0x30

/** `netstring`: `5:hello,` (https://cr.yp.to/proto/netstrings.txt). No leading zeros, no spaces, no signs. */
export function netstringCodec(limitBytes: number): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new SizedReader(new NetstringHead(limitBytes), COMMA, sink)
  return {
    series: true,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead: ({ length }) => new TextEncoder().encode(`${length ?? 0}:`),
    encodeTail: () => COMMA,
    refusal: () => undefined,
    headFor: (length) => ({ length }),
  }
}

/** Keeps a number and a count, no bytes: a header that would be too long is over the limit before it is long. */
class NetstringHead implements LengthHead {
  readonly #limitBytes: number
  #length = 0
  #digits = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  take(byte: number): number | undefined {
    if (byte === COLON && this.#digits > 0) return this.#length
    const digit = byte - DIGIT_ZERO
    if (digit < 0 || digit > 9) throw this.#noDigit(byte)
    if (this.#digits > 0 && this.#length === 0) {
      throw new CodecError('bad-head', 'The length of a netstring has a leading zero, which netstrings do not allow.')
    }
    this.#length = this.#length * 10 + digit
    this.#digits += 1
    if (this.#length > this.#limitBytes) throw tooLarge(`${this.#length} or more`, this.#limitBytes)
    return undefined
  }

  reset(): void {
    this.#length = 0
    this.#digits = 0
  }

  progress(): string | undefined {
    return this.#digits === 0 ? undefined : countBytes(this.#digits)
  }

  #noDigit(byte: number): CodecError {
    if (byte === 0x2d && this.#digits === 0) return new CodecError('bad-head', 'The length of a netstring is negative.')
    const where = this.#digits === 0 ? 'begins with' : `has, after ${countBytes(this.#digits)},`
    return new CodecError('bad-head', `The length of a netstring ${where} ${quoteBytes(Uint8Array.of(byte))}, which is no digit${this.#digits === 0 ? '' : ' and no ":"'}.`)
  }
}
