import type { Tunables } from './tunables.ts'

/** What is known of a connected socket. All times monotonic ms. */
export interface Vitals {
  /** Any bytes came. */
  readonly heardMs: number
  /** Any frame was written. */
  readonly spokeMs: number
  /** A frame has begun to arrive and is not whole. */
  readonly insideFrame: boolean
  /** This side has stopped reading: silence then is its own doing. */
  readonly paused: boolean
  /** When the oldest unacknowledged message was last written. */
  readonly oldestMs: number | undefined
  /** It was sent again and nothing has been heard since. */
  readonly repeated: boolean
  /** A ping was sent and nothing has been heard since. */
  readonly pingedMs: number | undefined
  /** The peer took something: an acknowledgement came, or the socket's queue moved. */
  readonly progressMs: number
  readonly timeoutMs: number
}

export type Verdict = 'wait' | 'ack' | 'alive' | 'ping' | 'repeat' | 'silent' | 'stalled'

/**
 * What to do about silence, and when to look again at the latest. Pure.
 *
 * `repeat`: send the oldest again, once: an acknowledgement may have been overtaken by a sleeping peer. `silent`: also that
 * was not answered; drop the socket. `stalled`: the peer lives but reads nothing. `ack`: tell a slow peer that its bytes arrive. `alive`: tell a peer
 * that is not being read that it is not to blame the network.
 */
export function judge(vitals: Vitals, tunables: Tunables, nowMs: number): { readonly verdict: Verdict; readonly againMs: number } {
  let againMs = Infinity
  /** True when the moment has come; otherwise remembers it. */
  const due = (atMs: number) => {
    if (atMs <= nowMs) return true
    againMs = Math.min(againMs, atMs)
    return false
  }
  const answer = (verdict: Verdict) => ({ verdict, againMs })

  if (!vitals.paused) {
    if (vitals.oldestMs !== undefined) {
      if (due(Math.max(vitals.heardMs, vitals.oldestMs) + vitals.timeoutMs)) return answer(vitals.repeated ? 'silent' : 'repeat')
      if (due(vitals.progressMs + tunables.stallMs)) return answer('stalled')
    } else if (vitals.pingedMs !== undefined && due(vitals.pingedMs + tunables.keepaliveMs)) return answer('silent')
    if (vitals.insideFrame && vitals.heardMs > vitals.spokeMs && due(vitals.spokeMs + tunables.beatMs)) return answer('ack')
  } else if (due(vitals.spokeMs + tunables.beatMs)) return answer('alive')
  if (due(Math.max(vitals.heardMs, vitals.pingedMs ?? 0) + tunables.keepaliveMs)) return answer('ping')
  return answer('wait')
}
