import type { ReactElement, ReactNode } from 'react'
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components'
import { Icon, type IconName } from './icon.tsx'

interface Props {
  readonly children: ReactNode
  readonly onPress?: () => void
  readonly kind?: 'plain' | 'primary' | 'quiet' | 'danger'
  readonly icon?: IconName
  readonly isDisabled?: boolean
  readonly type?: 'button' | 'submit'
  readonly autoFocus?: boolean
  readonly slot?: string
  readonly label?: string
  readonly excludeFromTabOrder?: boolean
}

export function Button({ children, kind = 'plain', icon, label, onPress, ...rest }: Props): ReactElement {
  return (
    <AriaButton
      className={`button button-${kind}`}
      {...(label ? { 'aria-label': label } : {})}
      {...(onPress ? { onPress } : {})}
      {...rest}
    >
      {icon && <Icon name={icon} size={18} />}
      <span>{children}</span>
    </AriaButton>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  /** What it does; also its tooltip. */
  readonly label: string
  readonly onPress?: () => void
  readonly isDisabled?: boolean
  readonly excludeFromTabOrder?: boolean
  readonly slot?: string
}

export function IconButton({ icon, label, ...rest }: IconButtonProps): ReactElement {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton className="icon-button" aria-label={label} {...rest}>
        <Icon name={icon} size={18} />
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>{label}</Tooltip>
    </TooltipTrigger>
  )
}
