/** Every number of sessions and links, in one place. Times in ms, sizes in bytes. Tests pass their own. */
export interface Tunables {
  /** From the socket's TLS handshake to the peer's hello. */
  readonly helloTimeoutMs: number
  /** One address, name look-up, TCP and TLS together. */
  readonly connectTimeoutMs: number
  /** A closed socket may take this long to send its last bytes. */
  readonly closeGraceMs: number

  /** An acknowledgement may wait this long for a message to ride on … */
  readonly ackDelayMs: number
  /** … unless this much has arrived. */
  readonly ackBytes: number
  /** Inside a long frame from a slow peer, and while this side does not read, a sign of life this often. */
  readonly beatMs: number
  /** Nothing heard for so long: ping. Nothing for as long after the ping: the socket is dead. */
  readonly keepaliveMs: number
  /** Bounds of the adaptive timeout after which the oldest unacknowledged message is sent again. */
  readonly retransmitMinMs: number
  readonly retransmitMaxMs: number
  /** A peer that answers pings but takes none of the bytes that wait for it. */
  readonly stallMs: number

  /** Bulk bytes sent and not acknowledged. Grows while it is what limits, halves at a timeout. */
  readonly windowStartBytes: number
  readonly windowMinBytes: number
  readonly windowMaxBytes: number
  /** Control messages kept for a peer that does not take them; more, and the session begins anew. */
  readonly controlBacklogBytes: number

  /** Backoff: the longest first wait, doubled up to the longest of all. */
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
  /** A connection that lived this long counts as good: the next loss is answered at once. */
  readonly stableMs: number
  /** The same for one that was cut by the network rather than ended by somebody. */
  readonly cutStableMs: number
  /** A socket nobody wants any more, opened by this side, is closed when idle for so long. */
  readonly lingerMs: number
  /** A session without socket and without anybody who wants it is forgotten after this. */
  readonly sessionKeptMs: number
  /** While a dialed connection is this young, a crossing dial of the peer loses. */
  readonly crossingMs: number

  /** Sessions of devices that are not paired; the longest disconnected goes first. */
  readonly maxUnpairedSessions: number
  /** Accepted sockets of unpaired devices that have not said hello, in total and from one address. */
  readonly maxWaitingSockets: number
  readonly maxWaitingPerAddress: number
}

const KIB = 1024
const MIB = 1024 * KIB

export const DEFAULT_TUNABLES: Tunables = {
  helloTimeoutMs: 10_000,
  connectTimeoutMs: 10_000,
  closeGraceMs: 2_000,
  ackDelayMs: 20,
  ackBytes: 4 * MIB,
  beatMs: 1_000,
  keepaliveMs: 15_000,
  retransmitMinMs: 3_000,
  retransmitMaxMs: 60_000,
  stallMs: 60_000,
  windowStartBytes: 16 * MIB,
  windowMinBytes: 4 * MIB,
  windowMaxBytes: 16 * MIB,
  controlBacklogBytes: 32 * MIB,
  backoffBaseMs: 500,
  backoffMaxMs: 30_000,
  stableMs: 10_000,
  cutStableMs: 1_000,
  lingerMs: 10_000,
  sessionKeptMs: 10 * 60_000,
  crossingMs: 3_000,
  maxUnpairedSessions: 256,
  maxWaitingSockets: 64,
  maxWaitingPerAddress: 8,
}
