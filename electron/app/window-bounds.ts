export interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface WindowState {
  readonly bounds: Bounds
  readonly maximized: boolean
}

export const SMALLEST = { width: 680, height: 480 }
const DEFAULT = { width: 1180, height: 760 }
/** Enough of a window to take hold of it. */
const GRIP = 80

/** What was remembered; null when it is nothing sensible. */
export function parseWindowState(text: string): WindowState | null {
  try {
    const { bounds, maximized } = JSON.parse(text) as { bounds?: Partial<Record<keyof Bounds, unknown>>; maximized?: unknown }
    const { x, y, width, height } = bounds ?? {}
    if (![x, y, width, height].every((value) => Number.isSafeInteger(value) && Math.abs(value as number) < 100_000)) return null
    return { bounds: { x, y, width, height } as Bounds, maximized: maximized === true }
  } catch {
    return null
  }
}

/** Where to open: as remembered, as long as it can be seen and moved on a display that is there now. Without a place: centred. */
export function fitBounds(saved: WindowState | null, areas: readonly Bounds[]): Partial<Bounds> & { width: number; height: number } {
  if (!saved) return DEFAULT
  const { x, y } = saved.bounds
  const width = Math.max(SMALLEST.width, saved.bounds.width)
  const height = Math.max(SMALLEST.height, saved.bounds.height)
  const area = areas.find(
    (one) => x + width > one.x + GRIP && x < one.x + one.width - GRIP && y >= one.y - 8 && y < one.y + one.height - GRIP,
  )
  if (!area) return { width, height }
  return { x, y, width: Math.min(width, area.width), height: Math.min(height, area.height) }
}
