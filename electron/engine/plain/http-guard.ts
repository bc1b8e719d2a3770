const REQUEST_LINE_STARTS = ['GET ', 'POST ', 'PUT ', 'HEAD ', 'OPTIONS ', 'DELETE ', 'PATCH ', 'TRACE ', 'CONNECT ', 'PRI '].map((text) =>
  new TextEncoder().encode(text),
)

/**
 * Recognizes a connection that begins like an HTTP request. Any page in a browser on this machine can post to a port of
 * loopback, so such bytes are never taken for messages. Holds back bytes only while they could still become one.
 */
export class HttpGuard {
  #held: Uint8Array = new Uint8Array(0)
  #decided = false

  /** What may go on to the decoder now; `'http'` when the connection must be refused. */
  pass(chunk: Uint8Array): Uint8Array | 'http' {
    if (this.#decided) return chunk
    const joined = new Uint8Array(this.#held.length + chunk.length)
    joined.set(this.#held)
    joined.set(chunk, this.#held.length)
    for (const start of REQUEST_LINE_STARTS) {
      const common = Math.min(start.length, joined.length)
      if (!start.subarray(0, common).every((byte, at) => byte === joined[at])) continue
      if (joined.length >= start.length) return 'http'
      this.#held = joined
      return new Uint8Array(0)
    }
    this.#decided = true
    this.#held = new Uint8Array(0)
    return joined
  }

  /** The stream has ended: what was held back was no request. */
  rest(): Uint8Array {
    return this.#decided ? new Uint8Array(0) : this.#held
  }
}
