import type { CloseCode } from './messages.ts'

/** The peer broke the protocol. Knows what to tell it: the socket is closed with this code. */
export class ProtocolError extends Error {
  readonly closeCode: CloseCode

  constructor(message: string, closeCode: CloseCode = 'protocol') {
    super(message)
    this.name = 'ProtocolError'
    this.closeCode = closeCode
  }
}
