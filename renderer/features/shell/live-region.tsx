import type { ReactElement } from 'react'
import { useAppState } from '../../store/app.ts'

/** What happens elsewhere, said to screen readers: arrivals and failures at once, the rest when there is a pause. */
export function LiveRegion(): ReactElement {
  const { text, urgent, turn } = useAppState((state) => state.spoken)
  // A no-break space on every second turn makes the same words a change.
  const words = text + (turn % 2 === 0 ? '' : '\u00a0')
  return (
    <div className="visually-hidden">
      <div aria-live="polite" role="status">{urgent ? '' : words}</div>
      <div aria-live="assertive" role="alert">{urgent ? words : ''}</div>
    </div>
  )
}
