const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u
/** Mostly two cells wide: East Asian wide ranges and emoji (Unicode TR 11). */
const WIDE =
  /^[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F000}-\u{1FAFF}\u{20000}-\u{3FFFD}]$/u

function cellsOf(character: string): number {
  if (character <= '\u02ff') return 1
  if (ZERO.test(character)) return 0
  return WIDE.test(character) ? 2 : 1
}

/** Terminal cells that printable text takes. */
export function textWidth(text: string): number {
  let cells = 0
  for (const character of text) cells += cellsOf(character)
  return cells
}

/** At most `cells` wide; what does not fit ends in `…`. */
export function fitText(text: string, cells: number): string {
  if (cells <= 0) return ''
  if (textWidth(text) <= cells) return text
  let taken = ''
  let width = 0
  for (const character of text) {
    const next = cellsOf(character)
    if (width + next > cells - 1) break
    taken += character
    width += next
  }
  return `${taken}…`
}
