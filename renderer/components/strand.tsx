import type { CSSProperties, ReactElement } from 'react'
import { ProgressBar } from 'react-aria-components'
import type { Tone } from '../text/reasons.ts'

interface Props {
  readonly label: string
  readonly value: number
  readonly total: number
  readonly tone: Tone
  /** Moves now: there is a bead at its end. */
  readonly live?: boolean
  readonly indeterminate?: boolean
  readonly size?: 'thin' | 'normal' | 'thick'
}

/**
 * Progress as a bead on a line: what is behind the bead is done for good, it never goes back. Moved by transforms alone,
 * so that a bar under way costs the page no layout.
 */
export function Strand({ label, value, total, tone, live = false, indeterminate = false, size = 'normal' }: Props): ReactElement {
  const portion = total > 0 ? Math.min(1, value / total) : value > 0 || tone === 'good' ? 1 : 0
  return (
    <ProgressBar
      className={`strand strand-${size}`}
      aria-label={label}
      value={portion * 100}
      isIndeterminate={indeterminate}
      data-tone={tone}
      data-some={portion > 0 || undefined}
    >
      <div className="strand-line" style={{ '--done': `${portion * 100}%` } as CSSProperties}>
        <div className="strand-track"><div className="strand-fill" /></div>
        {live && <div className="strand-bead" />}
      </div>
    </ProgressBar>
  )
}
