import { HoldfastError } from '../../../shared/errors.ts'
import { CodecError, type CodecErrorReason } from '../protocol/codec.ts'
import type { PlainCodec, PlainDecoder, PlainHead } from './codecs/plain-codec.ts'
import { HttpGuard } from './http-guard.ts'
import { takeIds, withoutIds, type IncomingSink } from './message-id.ts'

/** What a stream said, in order. After `end` or `fail` nothing follows. */
export type Incoming =
  | { readonly kind: 'begin'; readonly head: PlainHead; readonly id: bigint | undefined }
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'finish' }
  | { readonly kind: 'end' }
  | { readonly kind: 'fail'; readonly error: HoldfastError }

export interface IncomingOptions {
  readonly codec: PlainCodec
  readonly ids: boolean
  /** Refuse a stream that begins like an HTTP request. */
  readonly guardHttp: boolean
}

/** Turns the chunks of one stream into messages, and whatever is wrong with it into one last `fail`. */
export class IncomingMessages {
  readonly #take: (incoming: Incoming) => void
  readonly #decoder: PlainDecoder
  readonly #guard: HttpGuard | undefined
  #over = false

  constructor(options: IncomingOptions, take: (incoming: Incoming) => void) {
    this.#take = take
    const sink: IncomingSink = {
      begin: (head, id) => take({ kind: 'begin', head, id }),
      body: (bytes) => take({ kind: 'body', bytes }),
      finish: () => take({ kind: 'finish' }),
    }
    this.#decoder = options.codec.decoder(options.ids ? takeIds(sink) : withoutIds(sink))
    this.#guard = options.guardHttp ? new HttpGuard() : undefined
  }

  get over(): boolean {
    return this.#over
  }

  /** The chunk's memory is handed on in slices: it must not be used again. */
  push(chunk: Uint8Array): void {
    const bytes = this.#guard?.pass(chunk) ?? chunk
    if (bytes === 'http') return this.fail(looksLikeHttp())
    this.#decode(() => this.#decoder.push(bytes))
  }

  end(): void {
    this.#decode(() => {
      const rest = this.#guard?.rest()
      if (rest && rest.length > 0) this.#decoder.push(rest)
      this.#decoder.end()
    })
    if (this.#over) return
    this.#over = true
    this.#take({ kind: 'end' })
  }

  /** How far the message under way has come, in words; undefined between messages. */
  progress(): string | undefined {
    return this.#decoder.progress()
  }

  fail(error: HoldfastError): void {
    if (this.#over) return
    this.#over = true
    this.#take({ kind: 'fail', error })
  }

  #decode(work: () => void): void {
    if (this.#over) return
    try {
      work()
    } catch (error) {
      if (!(error instanceof CodecError)) throw error
      this.fail(new HoldfastError(ERROR_CODES[error.reason], error.message))
    }
  }
}

const ERROR_CODES: Readonly<Record<CodecErrorReason, HoldfastError['code']>> = {
  truncated: 'PLAIN_TRUNCATED',
  'too-large': 'PLAIN_TOO_LARGE',
  'bad-head': 'PLAIN_FRAMING',
  'after-goodbye': 'PLAIN_FRAMING',
}

function looksLikeHttp(): HoldfastError {
  return new HoldfastError(
    'PLAIN_FRAMING',
    'The connection begins like an HTTP request and was refused, for any web page could have sent it. Plain TCP takes messages in the framing it was told, not HTTP.',
  )
}
