import type { ReactElement, ReactNode } from 'react'
import { Mark } from './icon.tsx'

interface EmptyProps {
  readonly title: string
  readonly hint: string
  /** It stands where a page would: its title is the only heading there is. */
  readonly isPage?: boolean
  readonly children?: ReactNode
}

/** What a page says when it has nothing to show, and what to do about it. */
export function Empty({ title, hint, isPage = false, children }: EmptyProps): ReactElement {
  const Heading = isPage ? 'h1' : 'h2'
  return (
    <div className="empty">
      <div className="empty-mark"><Mark size={56} /></div>
      <Heading>{title}</Heading>
      <p>{hint}</p>
      {children && <div className="empty-actions">{children}</div>}
    </div>
  )
}

/** Rows that will be there in a moment, in the shape they will have. */
export function Skeleton({ rows = 4, label }: { rows?: number; label: string }): ReactElement {
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {Array.from({ length: rows }, (_, row) => <div key={row} className="skeleton-row" />)}
    </div>
  )
}
