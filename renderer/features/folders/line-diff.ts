/**
 * Which lines two texts share, by the greedy algorithm of E. W. Myers, "An O(ND) Difference Algorithm and Its
 * Variations" (Algorithmica, 1986). The texts are a peer's, so the work is bounded: past the bound what lies between the
 * common beginning and the common end counts as different, which is still true, only coarser.
 */
export type LinePair =
  | { readonly kind: 'same'; readonly left: number; readonly right: number }
  /** A line that has another in its place, or none. */
  | { readonly kind: 'changed'; readonly left: number | null; readonly right: number | null }

/** Lines of a text, without their ends; a last line that is ended does not make an empty one after it. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

const MOST_EDITS = 1_500
const MOST_STEPS = 20_000_000

/** Equal lines get equal numbers, so that comparing costs the same however long they are. */
function numbered(left: readonly string[], right: readonly string[]): readonly [Int32Array, Int32Array] {
  const numbers = new Map<string, number>()
  const number = (line: string): number => {
    const known = numbers.get(line)
    if (known !== undefined) return known
    numbers.set(line, numbers.size)
    return numbers.size - 1
  }
  return [Int32Array.from(left, number), Int32Array.from(right, number)]
}

/** The pairs of equal lines of `a` and `b`, ascending; null when finding them costs more than the bound. */
function matches(a: Int32Array, b: Int32Array): readonly (readonly [left: number, right: number])[] | null {
  const limit = Math.min(MOST_EDITS, a.length + b.length)
  const middle = limit + 1
  const reach = new Int32Array(2 * middle + 1)
  const trace: Int32Array[] = []
  let steps = 0
  for (let edits = 0; edits <= limit; edits++) {
    trace.push(reach.slice(middle - edits, middle + edits + 1))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = startOf(reach, middle, edits, diagonal)
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) {
        x += 1
        steps += 1
      }
      reach[middle + diagonal] = x
      if (x >= a.length && x - diagonal >= b.length) return wayBack(trace, a.length, b.length)
    }
    steps += edits
    if (steps > MOST_STEPS) return null
  }
  return null
}

/** Where the furthest path on a diagonal begins: a line of `b` added below, or one of `a` left out to the left. */
function startOf(reach: Int32Array, middle: number, edits: number, diagonal: number): number {
  const left = reach[middle + diagonal - 1] ?? 0
  const above = reach[middle + diagonal + 1] ?? 0
  const down = diagonal === -edits || (diagonal !== edits && left < above)
  return down ? above : left + 1
}

function wayBack(trace: readonly Int32Array[], lengthA: number, lengthB: number): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = []
  let x = lengthA
  let y = lengthB
  for (let edits = trace.length - 1; edits >= 0; edits--) {
    const reach = trace[edits] ?? new Int32Array(1)
    const diagonal = x - y
    const left = reach[edits + diagonal - 1] ?? 0
    const above = reach[edits + diagonal + 1] ?? 0
    const down = diagonal === -edits || (diagonal !== edits && left < above)
    const startX = edits === 0 ? 0 : down ? above : left + 1
    while (x > startX && y > startX - diagonal) found.push([--x, --y])
    x = edits === 0 ? 0 : down ? above : left
    y = edits === 0 ? 0 : x - (down ? diagonal + 1 : diagonal - 1)
  }
  return found.reverse()
}

/** Both texts beside each other, line by line; what differs between two shared lines stands in pairs, the rest alone. */
export function pairLines(left: readonly string[], right: readonly string[]): readonly LinePair[] {
  const [a, b] = numbered(left, right)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1

  const pairs: LinePair[] = []
  let x = 0
  let y = 0
  const reachShared = (toX: number, toY: number): void => {
    while (x < toX || y < toY) pairs.push({ kind: 'changed', left: x < toX ? x++ : null, right: y < toY ? y++ : null })
  }
  const share = (): void => void pairs.push({ kind: 'same', left: x++, right: y++ })
  while (x < head) share()
  for (const [atA, atB] of matches(a.subarray(head, a.length - tail), b.subarray(head, b.length - tail)) ?? []) {
    reachShared(head + atA, head + atB)
    share()
  }
  reachShared(a.length - tail, b.length - tail)
  while (x < a.length) share()
  return pairs
}

export type DiffRow = LinePair | { readonly kind: 'folded'; readonly lines: number }

/** Leaves out shared lines that are further than `context` from a difference, where that saves more than a line. */
export function foldSame(pairs: readonly LinePair[], context = 3): readonly DiffRow[] {
  const rows: DiffRow[] = []
  for (let at = 0; at < pairs.length; ) {
    let end = at
    while (pairs[end]?.kind === 'same') end += 1
    if (end === at) {
      rows.push(...pairs.slice(at, ++end))
    } else {
      const before = at === 0 ? 0 : context
      const after = end === pairs.length ? 0 : context
      const folded = end - at - before - after
      if (folded < 2) rows.push(...pairs.slice(at, end))
      else rows.push(...pairs.slice(at, at + before), { kind: 'folded', lines: folded }, ...pairs.slice(end - after, end))
    }
    at = end
  }
  return rows
}

/** The part of two lines that differs, between their common beginning and end; never within a surrogate pair. */
export function changedPart(left: string, right: string): { readonly head: number; readonly tail: number } {
  const shorter = Math.min(left.length, right.length)
  const surrogate = (text: string, at: number): boolean => /[\udc00-\udfff]/.test(text[at] ?? '')
  let head = 0
  while (head < shorter && left[head] === right[head]) head += 1
  while (head > 0 && (surrogate(left, head) || surrogate(right, head))) head -= 1
  let tail = 0
  while (tail < shorter - head && left[left.length - 1 - tail] === right[right.length - 1 - tail]) tail += 1
  while (tail > 0 && (surrogate(left, left.length - tail) || surrogate(right, right.length - tail))) tail -= 1
  return { head, tail }
}
