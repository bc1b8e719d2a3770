import { CodecError, type MessageSink } from '../../protocol/codec.ts'
import { countBytes, decoderOf, NO_BYTES, quoteBytes, type PlainCodec, type PlainHead } from './plain-codec.ts'
import { SizedReader, tooLarge, type LengthHead } from './sized.ts'

export const MAX_DECIMAL_WIDTH = 20

/**
 * `decimal:N`: the length as N decimal characters, then so many bytes. Sends leading zeros; accepts zeros or spaces
 * before the digits, or spaces behind them, because printf and Python's formats make all three.
 */
export function decimalCodec(width: number, limitBytes: number): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new SizedReader(new DecimalHead(width, limitBytes), NO_BYTES, sink)
  return {
    series: true,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead: ({ length }) => new TextEncoder().encode(String(length ?? 0).padStart(width, '0')),
    encodeTail: () => NO_BYTES,
    refusal: ({ length }) =>
      String(length ?? 0).length <= width ? undefined : `its length, ${length}, has more digits than the ${width} of decimal:${width}`,
    headFor: (length) => ({ length }),
  }
}

class DecimalHead implements LengthHead {
  readonly #limitBytes: number
  readonly #bytes: Uint8Array
  #count = 0

  constructor(width: number, limitBytes: number) {
    this.#bytes = new Uint8Array(width)
    this.#limitBytes = limitBytes
  }

  take(byte: number): number | undefined {
    this.#bytes[this.#count] = byte
    this.#count += 1
    return this.#count === this.#bytes.length ? parseDecimal(this.#bytes, this.#limitBytes) : undefined
  }

  reset(): void {
    this.#count = 0
  }

  progress(): string | undefined {
    return this.#count === 0 ? undefined : `${countBytes(this.#count)} of ${this.#bytes.length}`
  }
}

function parseDecimal(bytes: Uint8Array, limitBytes: number): number {
  const text = String.fromCharCode(...bytes)
  if (!/^(?: *[0-9]+|[0-9]+ *)$/.test(text)) {
    const why = /^ *-[0-9]+ *$/.test(text)
      ? 'is negative'
      : /^[ \t]*[0-9]+[ \t]*$/.test(text)
        ? 'is padded in a way that is not understood: zeros or spaces before the digits, or spaces behind them'
        : 'is no number'
    throw new CodecError('bad-head', `The length ${quoteBytes(bytes)} ${why}.`)
  }
  const digits = text.trim().replace(/^0+(?=[0-9])/, '')
  const length = Number(digits)
  if (length > limitBytes) throw tooLarge(digits, limitBytes)
  return length
}
