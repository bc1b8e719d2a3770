import type { ReactElement } from 'react'

const SIZE = 5
const HUES = 8

/** Which cells of a 5 × 5 field, mirrored left to right, are filled for this id, and which of eight hues it has. Pure. */
export function keyPattern(id: string): { cells: readonly (readonly [x: number, y: number])[]; hue: number } {
  let hash = 0x811c9dc5
  for (const character of id) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0
  const hue = hash % HUES
  const cells: [number, number][] = []
  for (let y = 0; y < SIZE; y++) {
    for (let x = 0; x < 3; x++) {
      hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995) >>> 0
      if (((hash >>> 7) & 1) === 0) continue
      cells.push([x, y])
      if (x < 2) cells.push([SIZE - 1 - x, y])
    }
  }
  return { cells, hue }
}

/** A small sign drawn from a device's key, not from its name: two devices that call themselves the same look different. */
export function KeyMark({ id, size = 36 }: { id: string; size?: number }): ReactElement {
  const { cells, hue } = keyPattern(id)
  return (
    <svg className="key-mark" data-hue={hue} width={size} height={size} viewBox="0 0 9 9" aria-hidden="true" focusable="false">
      <rect className="key-mark-ground" width="9" height="9" rx="2.4" />
      {cells.map(([x, y]) => (
        <rect key={`${x}${y}`} x={2 + x} y={2 + y} width="1" height="1" />
      ))}
    </svg>
  )
}
