import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { splitForMiddle, splitPath, startsRightToLeft, visibleParts, visibleText } from '../../../renderer/text/visible-text.ts'

describe('hostile names', () => {
  test.each([
    ['plain.txt', 'plain.txt'],
    ['invoice\u202Efdp.exe', 'invoice[U+202E]fdp.exe'],
    ['two\nlines\t\u0007', 'two[LF]lines[TAB][BEL]'],
    ['a\u200Bb\uFEFFc', 'a[U+200B]b[U+FEFF]c'],
    ['\u001b[31mred', '[ESC][31mred'],
    ['tag\u{e0041}', 'tag[U+E0041]'],
    ['half\ud83d', 'half[U+D83D]'],
    ['😀 עברית é', '😀 עברית é'],
    ['<b>&amp;</b>', '<b>&amp;</b>'],
    ['', ''],
  ])('%j is seen as %s', (name, seen) => {
    expect(visibleText(name)).toBe(seen)
  })

  test('the parts hold everything, and nothing that acts', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (name) => {
        const parts = visibleParts(name)
        for (const part of parts) expect(part.text).not.toMatch(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069\u200e\u200f]/)
        const plain = parts.filter((part) => part.kind === 'text').map((part) => part.text)
        for (const text of plain) expect(name).toContain(text)
      }),
    )
  })

  test('a long name is cut in two without losing or breaking anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 120 }), (name) => {
        const { head, tail } = splitForMiddle(name)
        expect(head + tail).toBe(name)
        expect(tail).not.toMatch(/^[\udc00-\udfff]/)
      }),
    )
  })

  test('the extension stays in the tail', () => {
    expect(splitForMiddle(`${'x'.repeat(250)}.docx`).tail).toBe('xxxxxxx.docx')
    expect(splitForMiddle('short.docx')).toEqual({ head: 'short.docx', tail: '' })
  })

  test('a family of people is not taken apart', () => {
    const name = `${'photo of us '.repeat(5)}👨‍👩‍👧‍👦👨‍👩‍👧‍👦.jpg`
    const { tail } = splitForMiddle(name)
    expect(tail).not.toMatch(/^\u200d/)
    expect(tail.endsWith('.jpg')).toBe(true)
  })

  test('direction comes from the first letter', () => {
    expect(startsRightToLeft('12 תמונות.zip')).toBe(true)
    expect(startsRightToLeft('a תמונות.zip')).toBe(false)
    expect(startsRightToLeft('123')).toBe(false)
  })

  test('a path is split at its last slash', () => {
    expect(splitPath('a/b/c.txt')).toEqual({ folder: 'a/b/', name: 'c.txt' })
    expect(splitPath('c.txt')).toEqual({ folder: '', name: 'c.txt' })
  })
})
