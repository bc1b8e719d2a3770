/**
 * Names come from peers and file systems: any code point may be in them. They are always rendered as text, and here
 * whatever would act on the text around it, or not be seen at all, is made visible.
 */
export interface TextPart {
  readonly kind: 'text' | 'hidden'
  /** For `hidden`, what is shown instead, e.g. `U+202E`, `LF`. */
  readonly text: string
}

/** Controls, line separators, zero-width and bidi characters, tags, variation selectors in bulk, lone surrogates. */
const HIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/gu

/** The usual names of those that turn up; pictures of controls (U+2400) are in few fonts. */
const NAMES: Readonly<Record<number, string>> = { 0: 'NUL', 7: 'BEL', 8: 'BS', 9: 'TAB', 10: 'LF', 13: 'CR', 27: 'ESC', 127: 'DEL' }

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const name = NAMES[code]
  if (name) return name
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

/** The text in parts; joined they are what is seen. */
export function visibleParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = []
  let from = 0
  for (const match of text.matchAll(HIDDEN)) {
    if (match.index > from) parts.push({ kind: 'text', text: text.slice(from, match.index) })
    parts.push({ kind: 'hidden', text: visible(match[0]) })
    from = match.index + match[0].length
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) })
  return parts
}

/** The same as one string, for labels, titles and announcements: hidden characters as `[U+202E]`. */
export function visibleText(text: string): string {
  return visibleParts(text)
    .map((part) => (part.kind === 'text' ? part.text : `[${part.text}]`))
    .join('')
}

/** A line of a text, where a tab is a tab and everything else hidden is shown. */
export function visibleLine(line: string): string {
  return line.split('\t').map(visibleText).join('\t')
}

/** Whether the first letter with a direction runs right to left; then the parts of a cut name are laid out so as well. */
export function startsRightToLeft(text: string): boolean {
  const strong = /\p{L}/u.exec(text)
  return strong ? /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u.test(strong[0]) : false
}

/**
 * Splits a name for cutting in the middle: the head may be shortened by the layout, the tail (with the extension) stays.
 * Never splits a grapheme. Short names have an empty tail.
 */
export function splitForMiddle(text: string, tailLength = 12, shortLength = 24): { head: string; tail: string } {
  if (text.length <= shortLength) return { head: text, tail: '' }
  const window = text.slice(-4 * tailLength)
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(window)]
  const first = graphemes[Math.max(1, graphemes.length - tailLength)]
  if (!first) return { head: text, tail: '' }
  const at = text.length - window.length + first.index
  return { head: text.slice(0, at), tail: text.slice(at) }
}

/** The last name of a slash-separated path, and what is before it with its slash. */
export function splitPath(path: string): { folder: string; name: string } {
  const at = path.lastIndexOf('/')
  return { folder: path.slice(0, at + 1), name: path.slice(at + 1) }
}
