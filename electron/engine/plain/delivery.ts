import type { Arrival } from './arrivals.ts'
import type { PlainHead } from './codecs/plain-codec.ts'
import type { SeenIds } from './seen-ids.ts'

/** One message that has come whole. */
export interface WholeMessage {
  readonly arrival: Arrival
  readonly head: PlainHead
  readonly id: bigint | undefined
}

export type Delivery =
  | { readonly kind: 'received'; readonly path: string; readonly bytes: number; readonly digest: string }
  /** The id came before, with this content, and that is safe. */
  | { readonly kind: 'duplicate'; readonly id: bigint }
  | { readonly kind: 'skipped'; readonly path: string }

/**
 * Gives a whole message its place, unless it is a repeat. Settles when what it reports would survive a power cut: only
 * then may it be confirmed.
 */
export async function deliver(message: WholeMessage, seen: SeenIds, name: () => string): Promise<Delivery> {
  const { arrival, id } = message
  if (id === undefined) return await placeIt(arrival, name)
  const delivery = await seen.once(id, arrival.digest(), () => placeIt(arrival, name))
  if (delivery !== 'repeat') return delivery
  await arrival.discard()
  return { kind: 'duplicate', id }
}

async function placeIt(arrival: Arrival, name: () => string): Promise<Delivery> {
  try {
    const { path, identical } = await arrival.place(name())
    return identical ? { kind: 'skipped', path } : { kind: 'received', path, bytes: arrival.bytes, digest: arrival.digest() }
  } catch (error) {
    await arrival.discard().catch(() => undefined)
    throw error
  }
}
