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

/** Whether bytes are UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start
  while (at < end) {
    const first = bytes[at]!
    if (first < 0x80) {
      at += 1
      continue
    }
    const count = first >= 0xc2 && first <= 0xdf ? 1 : first >= 0xe0 && first <= 0xef ? 2 : first >= 0xf0 && first <= 0xf4 ? 3 : 0
    if (count === 0 || at + count >= end) return false
    const second = bytes[at + 1]!
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
    if (second < low || second > high) return false
    for (let index = 2; index <= count; index++) {
      if ((bytes[at + index]! & 0xc0) !== 0x80) return false
    }
    at += count + 1
  }
  return true
}
