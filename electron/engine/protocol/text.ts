/**
 * Bytes of a string in UTF-8, or −1 when it has a lone surrogate and so has no UTF-8 form. Counted here because this
 * folder knows neither Node nor DOM.
 */
export function utf8Length(text: string): number {
  let length = text.length
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (unit < 0xd800 || unit > 0xdfff) length += 2
    else {
      const next = text.charCodeAt(index + 1)
      if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return -1
      length += 2
      index += 1
    }
  }
  return length
}

/** Text for people, cut to whole characters within a limit; lone surrogates become U+FFFD. Never for paths. */
export function clipText(text: string, maxBytes: number): string {
  let result = ''
  let length = 0
  for (const character of text.length > maxBytes ? text.slice(0, maxBytes + 1) : text) {
    const own = utf8Length(character)
    length += own < 0 ? 3 : own
    if (length > maxBytes) break
    result += own < 0 ? '\ufffd' : character
  }
  return result
}

/**
 * The text of bytes in UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. A byte order
 * mark stays. Undefined when they are none.
 */
export function readUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  let at = start
  // Almost everything is ASCII: eight at a time.
  for (; at + 8 <= end; at += 8) {
    const [a, b, c, d] = [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!]
    const [e, f, g, h] = [bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!]
    if ((a | b | c | d | e | f | g | h) > 0x7f) break
    text += String.fromCharCode(a, b, c, d, e, f, g, h)
  }
  while (at < end) {
    const first = bytes[at]!
    const more = first < 0x80 ? 0 : first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : -1
    if (more < 0 || at + more >= end) return undefined
    let point = more === 0 ? first : first & (0x3f >> more)
    for (let i = 1; i <= more; i += 1) {
      const next = bytes[at + i]!
      if ((next & 0xc0) !== 0x80) return undefined
      point = (point << 6) | (next & 0x3f)
    }
    if (more === 2 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff))) return undefined
    if (more === 3 && (point < 0x1_0000 || point > 0x10_ffff)) return undefined
    text += String.fromCodePoint(point)
    at += more + 1
  }
  return text
}

/** Writes text without lone surrogates, for which there is room (`utf8Length`). Returns where it ends. */
export function writeUtf8(bytes: Uint8Array, start: number, text: string): number {
  let at = start
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index)!
    if (point < 0x80) bytes[at++] = point
    else if (point < 0x800) {
      bytes[at++] = 0xc0 | (point >> 6)
      bytes[at++] = 0x80 | (point & 0x3f)
    } else if (point < 0x1_0000) {
      bytes[at++] = 0xe0 | (point >> 12)
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
      bytes[at++] = 0x80 | (point & 0x3f)
    } else {
      bytes[at++] = 0xf0 | (point >> 18)
      bytes[at++] = 0x80 | ((point >> 12) & 0x3f)
      bytes[at++] = 0x80 | ((point >> 6) & 0x3f)
      bytes[at++] = 0x80 | (point & 0x3f)
      index += 1
    }
  }
  return at
}
