import { opendirSync, readdirSync, statSync } from 'node:fs'

/** Names are read, sorted and handed out in portions of about a millisecond's work. */
const PORTION = 2048
const LATIN1 = { encoding: 'latin1' as BufferEncoding } as const

/**
 * A folder of up to this size, in bytes, has few enough names to be read at one go, which costs a third: file systems that
 * give folders a size at all count ten and more for a name.
 */
const SMALL_BYTES = 64 * 1024

/**
 * Names of a folder in order of their bytes, without ever working long at one go: each step of the generator is either a
 * name or a breath (`undefined`), after which the caller may let others run. Names are latin1 strings, one character a
 * byte, so that any byte survives, string order is byte order, and a name costs its length. Throws what opendir throws.
 */
export function* sortedNames(folder: string): Generator<string | undefined, void, undefined> {
  const { size } = statSync(folder)
  if (size > 0 && size <= SMALL_BYTES) return yield* readdirSync(folder, LATIN1).sort()
  const portions: string[][] = []
  const handle = opendirSync(folder, { ...LATIN1, bufferSize: PORTION })
  try {
    let portion: string[] = []
    for (let entry = handle.readSync(); entry !== null; entry = handle.readSync()) {
      portion.push(entry.name)
      if (portion.length < PORTION) continue
      portions.push(portion.sort())
      portion = []
      yield undefined
    }
    portions.push(portion.sort())
  } finally {
    handle.closeSync()
  }
  yield* merge(portions)
}

/** Merges sorted lists by a heap of their heads. */
function* merge(lists: readonly string[][]): Generator<string, void, undefined> {
  const first = lists[0]
  if (first && lists.length === 1) return yield* first
  const heap: Cursor[] = []
  for (const list of lists) push(heap, { list, head: list[0], at: 0 })
  for (let least = heap[0]; least; least = heap[0]) {
    yield least.head
    const last = heap.pop()
    if (last && last !== least) sink(heap, last)
    push(heap, { list: least.list, head: least.list[least.at + 1], at: least.at + 1 })
  }
}

interface Cursor {
  readonly list: readonly string[]
  readonly head: string
  readonly at: number
}

function push(heap: Cursor[], cursor: { list: readonly string[]; head: string | undefined; at: number }): void {
  const { head } = cursor
  if (head === undefined) return
  const item: Cursor = { ...cursor, head }
  let index = heap.push(item) - 1
  while (index > 0) {
    const above = (index - 1) >> 1
    const parent = heap[above]
    if (!parent || parent.head <= head) break
    heap[index] = parent
    heap[above] = item
    index = above
  }
}

/** Puts `item` at the root, whose cursor is done with, and lets it sink to its place. */
function sink(heap: Cursor[], item: Cursor): void {
  let index = 0
  for (;;) {
    const left = heap[2 * index + 1]
    const right = heap[2 * index + 2]
    const child = right && left && right.head < left.head ? 2 * index + 2 : 2 * index + 1
    const lesser = heap[child]
    if (!lesser || lesser.head >= item.head) break
    heap[index] = lesser
    index = child
  }
  heap[index] = item
}
