import type { ReactElement } from 'react'

/** A shortcut as keys, e.g. `Ctrl+Shift+O`. */
export function Keys({ keys }: { keys: string }): ReactElement {
  return (
    <span className="keys">
      {keys.split('+').map((key, index) => <kbd key={index}>{key}</kbd>)}
    </span>
  )
}
