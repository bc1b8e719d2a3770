/** What the program does about an error, without being told: the fourth promise depends on this table being right. */
export type ErrorPolicy = 'reconnect' | 'retry' | 'ask-user' | 'stop'

/**
 * Every error that may reach a person, a script or the other side of the IPC, with what happens next.
 * `reconnect`: dial again with backoff. `retry`: the same operation again later on the same connection.
 * `ask-user`: wait for a decision. `stop`: this operation ends; trying again unchanged would fail again.
 */
export const ERROR_POLICIES = {
  // usage and arguments
  USAGE_INVALID: 'stop',
  PATH_NOT_FOUND: 'stop',
  PATH_NO_PERMISSION: 'stop',
  // engine and home
  ENGINE_ALREADY_RUNNING: 'stop',
  ENGINE_NOT_RUNNING: 'stop',
  ENGINE_INTERNAL: 'stop',
  HOME_UNUSABLE: 'stop',
  JOURNAL_CORRUPT: 'stop',
  JOURNAL_NEWER: 'stop',
  PORT_IN_USE: 'stop',
  ADDRESS_UNAVAILABLE: 'stop',
  // finding and reaching a device
  DEVICE_UNKNOWN: 'stop',
  DEVICE_AMBIGUOUS: 'stop',
  DEVICE_NOT_FOUND_YET: 'reconnect',
  NET_REFUSED: 'reconnect',
  NET_UNREACHABLE: 'reconnect',
  NET_TIMEOUT: 'reconnect',
  NET_LOST: 'reconnect',
  NET_NAME_UNKNOWN: 'reconnect',
  NET_NOT_HOLDFAST: 'reconnect',
  NET_TLS: 'reconnect',
  NET_BUSY: 'reconnect',
  PEER_VERSION: 'stop',
  PEER_PROTOCOL: 'reconnect',
  PEER_SHUTTING_DOWN: 'reconnect',
  // trust
  TRUST_UNKNOWN_KEY: 'stop',
  TRUST_KEY_MISMATCH: 'stop',
  TRUST_KEY_CHANGED: 'stop',
  TRUST_REFUSED: 'stop',
  PAIRING_REFUSED: 'stop',
  PAIRING_BUSY: 'stop',
  PAIRING_TOO_MANY: 'stop',
  PAIRING_TIMEOUT: 'stop',
  // transfers
  TRANSFER_UNKNOWN: 'stop',
  TRANSFER_REFUSED: 'stop',
  TRANSFER_CANCELLED: 'stop',
  TRANSFER_QUOTA: 'stop',
  TRANSFER_GAVE_UP: 'stop',
  REQUEST_UNKNOWN: 'stop',
  FILE_UNREADABLE: 'stop',
  FILE_VANISHED: 'stop',
  FILE_CHANGING: 'retry',
  FILE_NAME_REFUSED: 'stop',
  FILE_NOT_REGULAR: 'stop',
  FILE_CONFLICT: 'ask-user',
  DISK_FULL: 'retry',
  DISK_ERROR: 'retry',
  FOLDER_MISSING: 'retry',
  FOLDER_READ_ONLY: 'retry',
  TRASH_FULL: 'retry',
  // shared folders
  SYNC_FOLDER_UNKNOWN: 'stop',
  SYNC_ASKING: 'ask-user',
  SYNC_UNWATCHED: 'retry',
  // plain TCP
  PLAIN_FRAMING: 'stop',
  PLAIN_TOO_LARGE: 'stop',
  PLAIN_TRUNCATED: 'stop',
  PLAIN_TIMEOUT: 'stop',
} as const satisfies Record<string, ErrorPolicy>

export type ErrorCode = keyof typeof ERROR_POLICIES

/** An error as data: what crosses the IPC, the local socket and the command line's JSON. */
export interface ErrorData {
  readonly code: ErrorCode
  /** One sentence for a person: what is wrong and what to do. Never contains unescaped peer text. */
  readonly message: string
  /** Extra facts for programs, e.g. `{ path, neededBytes }`. */
  readonly details?: Readonly<Record<string, string | number | boolean>>
}

/** The one error class that code throws on purpose. Anything else that is caught is a bug: `ENGINE_INTERNAL`. */
export class HoldfastError extends Error {
  readonly code: ErrorCode
  readonly details: ErrorData['details']

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: ErrorData['details'] } = {}) {
    super(message, { cause: options.cause })
    this.name = 'HoldfastError'
    this.code = code
    this.details = options.details
  }

  get policy(): ErrorPolicy {
    return ERROR_POLICIES[this.code]
  }

  toData(): ErrorData {
    return { code: this.code, message: this.message, ...(this.details ? { details: this.details } : {}) }
  }

  static from(data: ErrorData): HoldfastError {
    return new HoldfastError(data.code, data.message, data.details ? { details: data.details } : {})
  }
}

/** Turns whatever was caught into data; what nobody foresaw is `ENGINE_INTERNAL` and stops. */
export function toErrorData(error: unknown): ErrorData {
  if (error instanceof HoldfastError) return error.toData()
  return { code: 'ENGINE_INTERNAL', message: error instanceof Error ? error.message : String(error) }
}
