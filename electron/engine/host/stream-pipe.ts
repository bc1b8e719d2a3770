import type { Duplex } from 'node:stream'
import { HoldfastError } from '../../../shared/errors.ts'
import type { MessagePipe } from './channel.ts'

const MAX_MESSAGE_BYTES = 16 * 1024 * 1024
/** What may wait for a reader that does not read. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024
const LENGTH_BYTES = 4

/**
 * A pipe over a byte stream: each message is JSON behind its length in bytes (4, big-endian). A longer message than
 * 16 MiB, text that is no JSON, or a reader that lags by 64 MiB ends it with ENGINE_INTERNAL.
 */
export class StreamPipe implements MessagePipe {
  readonly #stream: Duplex
  readonly #closeListeners: ((error?: HoldfastError) => void)[] = []
  readonly #messageListeners: ((message: unknown) => void)[] = []
  #chunks: Buffer[] = []
  #buffered = 0
  #closed: { readonly error: HoldfastError | undefined } | undefined

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    stream.on('error', (error) => this.#end(lost(error)))
    // A stream that ends between two messages was closed on purpose.
    stream.on('end', () => {
      this.#end(this.#buffered > 0 ? lost() : undefined)
      stream.end()
    })
    stream.on('close', () => this.#end(undefined))
  }

  post(message: unknown): void {
    if (this.#closed) return
    const body = Buffer.from(JSON.stringify(message))
    if (body.length > MAX_MESSAGE_BYTES) return this.#fail('A message between command and engine is too large.')
    const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length)
    frame.writeUInt32BE(body.length)
    body.copy(frame, LENGTH_BYTES)
    this.#stream.write(frame)
    if (this.#stream.writableLength > MAX_BACKLOG_BYTES) this.#fail('The other side has stopped reading.')
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#messageListeners.push(listener)
  }

  onClose(listener: (error?: HoldfastError) => void): void {
    if (this.#closed) return listener(this.#closed.error)
    this.#closeListeners.push(listener)
  }

  close(): void {
    this.#end(undefined)
    this.#stream.end()
    // Reads on, so that the other side's end is seen and the stream can close.
    this.#stream.resume()
  }

  #receive(chunk: Buffer): void {
    if (this.#closed) return
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    for (;;) {
      const head = this.#peek(LENGTH_BYTES)
      if (!head) return
      const length = head.readUInt32BE(0)
      if (length > MAX_MESSAGE_BYTES) return this.#fail('A message between command and engine is too large.')
      const frame = this.#peek(LENGTH_BYTES + length)
      if (!frame) return
      this.#drop(frame.length)
      if (!this.#deliver(frame.subarray(LENGTH_BYTES))) return
    }
  }

  #deliver(body: Buffer): boolean {
    let message: unknown
    try {
      message = JSON.parse(body.toString('utf8'))
    } catch {
      this.#fail('A message between command and engine is damaged.')
      return false
    }
    for (const listener of this.#messageListeners) listener(message)
    return this.#closed === undefined
  }

  /** The first `count` buffered bytes in one piece, without taking them. */
  #peek(count: number): Buffer | undefined {
    if (this.#buffered < count) return undefined
    const first = this.#chunks[0]
    if (first && first.length >= count) return first.subarray(0, count)
    const joined = Buffer.concat(this.#chunks)
    this.#chunks = [joined]
    return joined.subarray(0, count)
  }

  #drop(count: number): void {
    const first = this.#chunks[0] as Buffer
    if (first.length === count) this.#chunks.shift()
    else this.#chunks[0] = first.subarray(count)
    this.#buffered -= count
  }

  #fail(message: string): void {
    this.#end(new HoldfastError('ENGINE_INTERNAL', message))
    this.#stream.destroy()
  }

  #end(error: HoldfastError | undefined): void {
    if (this.#closed) return
    this.#closed = { error }
    for (const listener of this.#closeListeners) listener(error)
  }
}

function lost(cause?: unknown): HoldfastError {
  return new HoldfastError('ENGINE_INTERNAL', 'The connection to the running Holdfast broke off. Run the command again.', { cause })
}
