import { networkInterfaces } from 'node:os'
import type { Clock } from '../util/clock.ts'
import type { Interfaces } from './sort-addresses.ts'

const POLL_MS = 5_000
/** A poll that comes this much late, by either clock, means the machine has slept. */
const SLEPT_MS = 15_000

export type NetworkChange =
  /** Addresses of this machine came or went. */
  | 'addresses'
  /** The machine was asleep: sockets may be dead without knowing it. */
  | 'woke'

/**
 * Calls back when the network has changed, so that whoever waits tries again at once. Polls: Node has no event for it.
 * Some systems stop the monotonic clock during sleep and some do not, so a jump of either counts; so does a wall clock
 * that somebody sets, which costs one needless attempt. Returns what stops it.
 */
export function watchNetwork(
  clock: Clock,
  onChange: (change: NetworkChange) => void,
  readInterfaces: () => Interfaces = systemInterfaces,
): () => void {
  let before = fingerprint(readInterfaces)
  let wallMs = clock.now()
  let monotonicMs = clock.monotonic()
  let cancel = clock.after(POLL_MS, poll)
  let stopped = false

  function poll(): void {
    const slept = Math.max(clock.now() - wallMs, clock.monotonic() - monotonicMs) > POLL_MS + SLEPT_MS
    wallMs = clock.now()
    monotonicMs = clock.monotonic()
    const after = fingerprint(readInterfaces)
    const changed = after !== before
    before = after
    cancel = clock.after(POLL_MS, poll)
    if (slept) onChange('woke')
    if (changed && !stopped) onChange('addresses')
  }

  return () => {
    stopped = true
    cancel()
  }
}

/** This machine's addresses. None where a sandbox forbids asking. */
export function systemInterfaces(): Interfaces {
  try {
    return networkInterfaces()
  } catch {
    return {}
  }
}

function fingerprint(readInterfaces: () => Interfaces): string {
  return Object.entries(readInterfaces())
    .flatMap(([name, infos]) => (infos ?? []).map((info) => `${name} ${info.address} ${info.netmask}`))
    .sort()
    .join('\n')
}
