import type { MessagePort } from 'node:worker_threads'
import type { HoldfastError } from '../../../shared/errors.ts'
import type { MessagePipe } from './channel.ts'

/**
 * A pipe over one end of a MessageChannel between threads. That the port has closed is not looked at: it closes before
 * the thread's own end says why, and whoever owns the thread calls `close` or `fail`.
 */
export class PortPipe implements MessagePipe {
  readonly #port: MessagePort
  readonly #closeListeners: ((error?: HoldfastError) => void)[] = []
  #closed: { readonly error: HoldfastError | undefined } | undefined

  constructor(port: MessagePort) {
    this.#port = port
  }

  post(message: unknown): void {
    if (!this.#closed) this.#port.postMessage(message)
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#port.on('message', (message: unknown) => {
      if (!this.#closed) listener(message)
    })
  }

  onClose(listener: (error?: HoldfastError) => void): void {
    if (this.#closed) return listener(this.#closed.error)
    this.#closeListeners.push(listener)
  }

  close(): void {
    this.#port.close()
    this.#end(undefined)
  }

  /** The other thread is gone. */
  fail(error: HoldfastError): void {
    this.#end(error)
    this.#port.close()
  }

  #end(error: HoldfastError | undefined): void {
    if (this.#closed) return
    this.#closed = { error }
    for (const listener of this.#closeListeners) listener(error)
  }
}
