import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collisionKey, cutToBytes, numberedName, shownName } from '../../../electron/engine/folder/names.ts'
import { FOLDING_VOLUME, PLAIN_VOLUME } from './place.ts'

describe('numberedName', () => {
  it.each([
    ['photo.jpg', 'photo (2).jpg'],
    ['archive.tar.gz', 'archive (2).tar.gz'],
    ['.tar.gz', '.tar (2).gz'],
    ['.bashrc', '.bashrc (2)'],
    ['Makefile', 'Makefile (2)'],
    ['a sentence. That has a dot', 'a sentence. That has a dot (2)'],
    ['photo (2).jpg', 'photo (2) (2).jpg'],
  ])('%s becomes %s', (name, expected) => expect(numberedName(name, 2, 'file')).toBe(expected))

  it('keeps no extension of a folder', () => expect(numberedName('v1.2', 3, 'folder')).toBe('v1.2 (3)'))

  it('always fits a directory entry and differs by number', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 255 }), fc.integer({ min: 2, max: 10_000 }), (text, number) => {
        const name = cutToBytes(text, 255)
        const numbered = numberedName(name, number, 'file')
        expect(Buffer.byteLength(numbered)).toBeLessThanOrEqual(255)
        expect(numbered).not.toBe(numberedName(name, number + 1, 'file'))
        expect(/\p{Surrogate}/u.test(numbered)).toBe(false)
      }),
    )
  })
})

describe('collisionKey', () => {
  it('folds what the volume folds, and nothing else', () => {
    expect(collisionKey('Makefile', FOLDING_VOLUME)).toBe(collisionKey('makefile', FOLDING_VOLUME))
    expect(collisionKey('\u00c9', FOLDING_VOLUME)).toBe(collisionKey('e\u0301', FOLDING_VOLUME))
    expect(collisionKey('Makefile', PLAIN_VOLUME)).not.toBe(collisionKey('makefile', PLAIN_VOLUME))
    expect(collisionKey('\u00e9', PLAIN_VOLUME)).not.toBe(collisionKey('e\u0301', PLAIN_VOLUME))
  })
})

describe('shownName', () => {
  it('leaves nothing a terminal would act upon', () => {
    expect(shownName('\u001b[2J\u202egpj.exe\n')).toBe('“\\u{1b}[2J\\u{202e}gpj.exe\\u{a}”')
    expect(shownName('x'.repeat(500)).length).toBeLessThan(130)
  })
})
