import { CodecError, type MessageSink } from '../../protocol/codec.ts'
import { decoderOf, type MessageReader, type PlainCodec, type PlainHead } from './plain-codec.ts'

/** `typed:01=RULE,02=RULE`: the first byte of a message is its type, and the type decides how its length is told. */
export function typedCodec(rules: ReadonlyMap<number, PlainCodec>): PlainCodec {
  const reader = (sink: MessageSink<PlainHead>) => new TypedReader(rules, sink)
  const rule = (head: PlainHead) => {
    const codec = head.type === undefined ? undefined : rules.get(head.type)
    if (codec === undefined || head.type === undefined) throw new RangeError('a typed message needs a type of the map')
    return { codec, type: head.type }
  }
  return {
    series: true,
    reader,
    decoder: (sink) => decoderOf(reader(sink)),
    encodeHead(head) {
      const { codec, type } = rule(head)
      const inner = codec.encodeHead(head)
      const bytes = new Uint8Array(1 + inner.length)
      bytes[0] = type
      bytes.set(inner, 1)
      return bytes
    },
    encodeTail: (head) => rule(head).codec.encodeTail(head),
    encodeSlice: (head, lengthBytes) => rule(head).codec.encodeSlice?.(head, lengthBytes) ?? new Uint8Array(0),
    exactLength: (head) => (head.type === undefined ? undefined : rules.get(head.type)?.exactLength?.(head)),
    bodyCheck: (head) => rule(head).codec.bodyCheck?.(head),
    refusal: (head) => {
      if (head.type === undefined) return 'no type of the map carries a message of its length'
      return rules.has(head.type) ? rule(head).codec.refusal(head) : `type ${hex(head.type)} is not in the map (${known(rules)})`
    },
    headFor(length) {
      for (const [type, codec] of rules) if (codec.refusal({ length }) === undefined) return { length, type }
      return { length }
    },
  }
}

class TypedReader implements MessageReader {
  readonly #rules: ReadonlyMap<number, PlainCodec>
  readonly #sink: MessageSink<PlainHead>
  #type: number | undefined
  #inner: MessageReader | undefined

  constructor(rules: ReadonlyMap<number, PlainCodec>, sink: MessageSink<PlainHead>) {
    this.#rules = rules
    this.#sink = sink
  }

  read(chunk: Uint8Array, offset: number): number {
    if (!this.#inner) {
      if (offset === chunk.length) return offset
      this.#inner = this.#choose(chunk[offset]!)
      offset += 1
    }
    return offset === chunk.length ? offset : this.#inner.read(chunk, offset)
  }

  end(): void {
    this.#inner?.end()
    if (this.#inner) throw new CodecError('truncated', `The stream ended inside a message: ${this.progress()}.`)
  }

  progress(): string | undefined {
    return this.#inner && (this.#inner.progress() ?? `nothing after its type byte ${hex(this.#type!)}`)
  }

  #choose(type: number): MessageReader {
    const codec = this.#rules.get(type)
    if (!codec) throw new CodecError('bad-head', `The type byte ${hex(type)} is not in the map (${known(this.#rules)}).`)
    this.#type = type
    return codec.reader({
      begin: (head) => this.#sink.begin({ ...head, type }),
      body: (bytes) => this.#sink.body(bytes),
      finish: () => {
        this.#inner = undefined
        this.#sink.finish()
      },
    })
  }
}

function hex(type: number): string {
  return type.toString(16).padStart(2, '0')
}

function known(rules: ReadonlyMap<number, PlainCodec>): string {
  return [...rules.keys()].map(hex).join(', ')
}
