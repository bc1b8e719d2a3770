import type { ReactElement } from 'react'
import { splitForMiddle, startsRightToLeft, visibleParts, visibleText } from '../text/visible-text.ts'

function Parts({ text }: { text: string }): ReactElement[] {
  return visibleParts(text).map((part, index) =>
    part.kind === 'text' ? <span key={index}>{part.text}</span> : <span key={index} className="hidden-character">{part.text}</span>,
  )
}

/**
 * A name somebody else chose, as plain text that cannot act on what is around it: isolated, with hidden characters made
 * visible, and cut in the middle by the layout when there is no room. The whole name stays in the document and in the title.
 */
export function Name({ text, className = '' }: { text: string; className?: string }): ReactElement {
  const { head, tail } = splitForMiddle(text)
  return (
    <span className={`name ${className}`} dir={startsRightToLeft(text) ? 'rtl' : 'ltr'} title={visibleText(text)}>
      <bdi className="name-head"><Parts text={head} /></bdi>
      {tail && <bdi className="name-tail"><Parts text={tail} /></bdi>}
    </span>
  )
}

/** A path of this machine: cut at its beginning, because its end says more. */
export function PathName({ text, className = '' }: { text: string; className?: string }): ReactElement {
  return (
    <span className={`path ${className}`} title={visibleText(text)}>
      <bdi><Parts text={text} /></bdi>
    </span>
  )
}
