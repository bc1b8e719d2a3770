import type { ReactElement } from 'react'
import { ProgressBar } from 'react-aria-components'
import type { Tone } from '../text/reasons.ts'

interface Props {
  readonly label: string
  readonly value: number
  readonly total: number
  readonly tone: Tone
  /** Moves now: the bead at its end breathes. */
  readonly live?: boolean
  readonly indeterminate?: boolean
  readonly size?: 'thin' | 'normal' | 'thick'
}

/** Progress as a bead on a line: what is behind the bead is done for good, it never goes back. */
export function Strand({ label, value, total, tone, live = false, indeterminate = false, size = 'normal' }: Props): ReactElement {
  const portion = total > 0 ? Math.min(1, value / total) : value > 0 || tone === 'good' ? 1 : 0
  return (
    <ProgressBar
      className={`strand strand-${size}`}
      aria-label={label}
      value={portion * 100}
      isIndeterminate={indeterminate}
      data-tone={tone}
      data-live={live || undefined}
    >
      <div className="strand-line">
        <div className="strand-fill" data-some={portion > 0 || undefined} style={{ width: `${portion * 100}%` }} />
      </div>
    </ProgressBar>
  )
}
