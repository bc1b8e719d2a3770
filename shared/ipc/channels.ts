/** Between the preload and the main process; nothing else is listened to. */
export const CHANNELS = {
  /** Invoked with a command and its arguments; answered with a reply. */
  call: 'holdfast:call',
  /** Sent to the window: an event's name and its payload. */
  event: 'holdfast:event',
  /** The preload's own: invoked with what was dropped, answered with a reply of sources. No page can reach it. */
  dropped: 'holdfast:dropped',
} as const

/** How many things can be dropped at once. */
export const MAX_DROPPED = 10_000

/** What the preload makes of a `File`: a path of this machine, or the bytes of one that has none (a pasted picture). */
export type DroppedItem =
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
