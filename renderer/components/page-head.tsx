import type { ReactElement, ReactNode } from 'react'

/** The head of a page: its name, which takes the focus when the page opens, a few words, and what can be done here. */
export function PageHead({ title, lead, children }: { title: string; lead?: ReactNode; children?: ReactNode }): ReactElement {
  return (
    <header className="page-head">
      <div className="page-head-words">
        <h1 tabIndex={-1}>{title}</h1>
        {lead && <div className="page-lead">{lead}</div>}
      </div>
      {children && <div className="page-head-actions">{children}</div>}
    </header>
  )
}
