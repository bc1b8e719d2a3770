import type { ReactElement, ReactNode } from 'react'
import type { Tone } from '../text/reasons.ts'
import { Icon, type IconName } from './icon.tsx'

const ICONS: Record<Tone, IconName | null> = { calm: null, good: 'check', wait: 'clock', bad: 'alert' }

/** A state in words; the colour only repeats what the words and the shape say. */
export function Chip({ tone, children, icon }: { tone: Tone; children: ReactNode; icon?: IconName }): ReactElement {
  const name = icon ?? ICONS[tone]
  return (
    <span className="chip" data-tone={tone}>
      {name && <Icon name={name} size={14} />}
      <span>{children}</span>
    </span>
  )
}
