/** Below every character a name may have, so that a folder's content follows it at once, before `folder.txt`. */
const SEPARATOR = '\u0001'

/** A slash-separated path as a text whose byte order is the order of the tree. Names have no control characters. */
export function treeKey(path: string): string {
  return path.replaceAll('/', SEPARATOR)
}

export function pathOfKey(key: string): string {
  return key.replaceAll(SEPARATOR, '/')
}

/** Keys of everything below a folder, itself excluded: `from` <= key < `to`. */
export function keysBelow(path: string): { readonly from: string; readonly to: string } {
  const key = treeKey(path)
  return path === '' ? { from: '', to: '\u{10ffff}' } : { from: `${key}${SEPARATOR}`, to: `${key}\u0002` }
}

/**
 * A folder before what is in it, and that before its siblings; names by the bytes of their UTF-8. UTF-16, by which
 * JavaScript compares, sorts what is above U+FFFF before U+E000.
 */
export function compareTreeOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index)
    const right = b.charCodeAt(index)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Of a code unit where two texts first differ: surrogates above all others, the separator below. */
function rank(unit: number): number {
  if (unit === 0x2f) return 1
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
