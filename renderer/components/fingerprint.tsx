import type { ReactElement } from 'react'

/** A device id in its groups of four, laid out so that two people can compare them aloud, row by row. */
export function Fingerprint({ id }: { id: string }): ReactElement {
  return (
    <span className="fingerprint" translate="no">
      {id.split('-').map((group, index) => (
        <span key={index} className="fingerprint-group">{index > 0 && <span className="fingerprint-dash">-</span>}{group}</span>
      ))}
    </span>
  )
}
