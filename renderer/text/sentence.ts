import { visibleText } from './visible-text.ts'

/**
 * Names inside sentences. A name is marked where it begins and ends, so that the page can isolate it from the words
 * around it; the marks cannot be in a name itself, because whatever is hidden in it has been made visible by then.
 */
const BEGIN = '\u2068'
const END = '\u2069'
const LONGEST = 48

/** A name as a part of a sentence: visible, of bounded length, marked. */
export function named(name: string): string {
  const characters = Array.from(visibleText(name))
  const text = characters.length > LONGEST ? `${characters.slice(0, LONGEST - 1).join('')}…` : characters.join('')
  return `${BEGIN}${text}${END}`
}

/** The sentence for labels and announcements, where nothing can be isolated. */
export function unmarked(sentence: string): string {
  return sentence.replaceAll(BEGIN, '').replaceAll(END, '')
}

export interface SentencePart {
  readonly kind: 'words' | 'name'
  readonly text: string
}

export function sentenceParts(sentence: string): readonly SentencePart[] {
  return sentence.split(BEGIN).flatMap((piece, index): readonly SentencePart[] => {
    const at = index === 0 ? -1 : piece.indexOf(END)
    const parts: readonly SentencePart[] = at < 0
      ? [{ kind: 'words', text: piece }]
      : [{ kind: 'name', text: piece.slice(0, at) }, { kind: 'words', text: piece.slice(at + 1) }]
    return parts.filter((part) => part.text !== '')
  })
}

/** `Laptop`, `Laptop and Tablet`, `Laptop, Tablet and 3 others`. */
export function namesInWords(names: readonly string[], others: (count: number) => string): string {
  const shown = names.length > 3 ? [...names.slice(0, 2).map(named), others(names.length - 2)] : names.map(named)
  return new Intl.ListFormat('en', { type: 'conjunction', style: 'long' }).format(shown).replace(', and ', ' and ')
}
