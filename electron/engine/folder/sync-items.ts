import type { DiskItem } from './sync-ports.ts'

/** Items as they cross threads: an object each would cost as much to clone as the file to look at. */
export interface PackedItems {
  /** Separated by U+0000, which no path holds. */
  readonly paths: string
  readonly numbers: Float64Array
}

const NUMBERS = 5
const KINDS = ['file', 'folder', 'other'] as const
const EXECUTABLE = 4

export function packItems(items: readonly DiskItem[]): PackedItems {
  const numbers = new Float64Array(items.length * NUMBERS)
  items.forEach(({ kind, executable, stamp }, index) => {
    numbers.set([KINDS.indexOf(kind) + (executable ? EXECUTABLE : 0), stamp.size, stamp.mtimeMs, stamp.ctimeMs, stamp.inode], index * NUMBERS)
  })
  return { paths: items.map((item) => item.path).join('\0'), numbers }
}

export function unpackItems({ paths, numbers }: PackedItems): DiskItem[] {
  if (numbers.length === 0) return []
  return paths.split('\0').map((path, index): DiskItem => {
    const at = index * NUMBERS
    const bits = numbers[at] ?? 0
    return {
      path,
      kind: KINDS[bits % EXECUTABLE] ?? 'other',
      executable: bits >= EXECUTABLE,
      stamp: { size: numbers[at + 1] ?? 0, mtimeMs: numbers[at + 2] ?? 0, ctimeMs: numbers[at + 3] ?? 0, inode: numbers[at + 4] ?? 0 },
    }
  })
}
