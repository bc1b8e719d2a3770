/** Control characters (C0, DEL, C1), the bidi and zero-width ones that reorder or hide text, line and paragraph separators, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cs}\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]|[\u{E0000}-\u{E007F}]/gu

/**
 * Text that a peer chose, made safe for a terminal: what could move the cursor, colour, reorder or hide is written as
 * an escape (`\n`, `\x1b`, `\u202e`). Everything else stays as it is.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, escape)
}

function escape(character: string): string {
  if (character === '\n') return '\\n'
  if (character === '\r') return '\\r'
  if (character === '\t') return '\\t'
  const code = character.codePointAt(0) ?? 0
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}
