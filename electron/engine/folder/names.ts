const MAX_NAME_BYTES = 255
const MAX_EXTENSION = 16

/**
 * `name`, `name (2)`, `name (3)`…: the extension is kept (`.tar.gz` as one), and a long stem is cut so that the
 * result still fits a directory entry. `number` 1 is the name itself.
 */
export function numberedName(name: string, number: number, kind: 'file' | 'folder'): string {
  if (number === 1) return name
  const extension = kind === 'file' ? extensionOf(name) : ''
  const tail = ` (${number})${extension}`
  return cutToBytes(name.slice(0, name.length - extension.length), MAX_NAME_BYTES - Buffer.byteLength(tail)) + tail
}

/** The longest beginning of `text` that is no more than `bytes` of UTF-8, never half a code point. */
export function cutToBytes(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  let length = 0
  let kept = ''
  for (const point of text) {
    length += Buffer.byteLength(point)
    if (length > bytes) break
    kept += point
  }
  return kept
}

/** Two names with the same key are one name on a volume with these traits. */
export function collisionKey(name: string, traits: { readonly foldsCase: boolean; readonly foldsUnicode: boolean }): string {
  const composed = traits.foldsUnicode ? name.normalize('NFC') : name
  if (!traits.foldsCase) return composed
  const folded = composed.toUpperCase().toLowerCase()
  return traits.foldsUnicode ? folded.normalize('NFC') : folded
}

/** A name as a message may show it: quoted, shortened, with nothing a terminal or a page could act upon. */
export function shownName(name: string): string {
  const safe = name.replace(/[\p{Cc}\p{Cf}\p{Surrogate}\u2028\u2029]/gu, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
  return `“${safe.length > 120 ? `${safe.slice(0, 119)}…` : safe}”`
}

function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.')
  if (dot <= 0 || name.length - dot > MAX_EXTENSION || /\s/.test(name.slice(dot))) return ''
  const tar = name.slice(0, dot).toLowerCase().endsWith('.tar') && dot > 4 ? 4 : 0
  return name.slice(dot - tar)
}
