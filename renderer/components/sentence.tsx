import type { ReactElement } from 'react'
import { sentenceParts } from '../text/sentence.ts'

/** A sentence with names in it, each isolated so that it cannot act on the words around it. */
export function Sentence({ text }: { text: string }): ReactElement {
  return <>{sentenceParts(text).map((part, index) => (part.kind === 'name' ? <bdi key={index}>{part.text}</bdi> : part.text))}</>
}
