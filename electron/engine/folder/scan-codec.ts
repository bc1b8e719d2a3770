import type { ScanItem } from './ports.ts'

type Found = Extract<ScanItem, { kind: 'entry' }>
type Skipped = Extract<ScanItem, { kind: 'skipped' }>

const FOLDER = 1
const EXECUTABLE = 2
/** Flags, size and mtime of the entry; size, mtime, ctime and inode of the stamp. */
const NUMBERS = 7
/** In no path. */
const BETWEEN = '\0'

/** A batch of what a scan finds, as few things: thousands of small objects cost more from thread to thread than to find. */
export interface PackedScan {
  readonly count: number
  /** Of the entries, joined. */
  readonly paths: string
  readonly sources: string
  readonly numbers: Float64Array
  readonly skipped: readonly Skipped[]
  /** Before which entry each of them stands. */
  readonly skippedAt: readonly number[]
}

export function packScan(items: readonly ScanItem[]): PackedScan {
  const found: Found[] = []
  const skipped: Skipped[] = []
  const skippedAt: number[] = []
  for (const item of items) {
    if (item.kind === 'entry') found.push(item)
    else {
      skipped.push(item)
      skippedAt.push(found.length)
    }
  }
  const numbers = new Float64Array(found.length * NUMBERS)
  let at = 0
  for (const { entry, stamp } of found) {
    numbers[at++] = (entry.kind === 'folder' ? FOLDER : 0) | (entry.executable ? EXECUTABLE : 0)
    numbers[at++] = entry.size
    numbers[at++] = entry.mtimeMs
    numbers[at++] = stamp.size
    numbers[at++] = stamp.mtimeMs
    numbers[at++] = stamp.ctimeMs
    numbers[at++] = stamp.inode
  }
  const paths = found.map(({ entry }) => entry.path).join(BETWEEN)
  return { count: found.length, paths, sources: found.map(({ source }) => source).join(BETWEEN), numbers, skipped, skippedAt }
}

/** As they were, in their order. */
export function unpackScan({ count, paths, sources, numbers, skipped, skippedAt }: PackedScan): ScanItem[] {
  const items: ScanItem[] = []
  const pathOf = paths.split(BETWEEN)
  const sourceOf = sources.split(BETWEEN)
  let next = 0
  for (let i = 0; i <= count; i += 1) {
    for (let one = skipped[next]; one && skippedAt[next] === i; one = skipped[next]) {
      items.push(one)
      next += 1
    }
    if (i === count) break
    const at = i * NUMBERS
    const flags = numbers[at] ?? 0
    items.push({
      kind: 'entry',
      entry: {
        kind: (flags & FOLDER) === 0 ? 'file' : 'folder',
        path: pathOf[i] ?? '',
        size: numbers[at + 1] ?? 0,
        mtimeMs: numbers[at + 2] ?? 0,
        executable: (flags & EXECUTABLE) !== 0,
      },
      source: sourceOf[i] ?? '',
      stamp: { size: numbers[at + 3] ?? 0, mtimeMs: numbers[at + 4] ?? 0, ctimeMs: numbers[at + 5] ?? 0, inode: numbers[at + 6] ?? 0 },
    })
  }
  return items
}
