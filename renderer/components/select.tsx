import type { ReactElement } from 'react'
import { Button, ListBox, ListBoxItem, Popover, Select as AriaSelect, SelectValue } from 'react-aria-components'
import { Icon } from './icon.tsx'

interface SelectProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly { readonly value: T; readonly label: string; readonly hint: string }[]
  readonly onChange: (value: T) => void
}

/** One of several choices that need a word of explanation each. */
export function Select<T extends string>({ label, value, options, onChange }: SelectProps<T>): ReactElement {
  const chosen = options.find((option) => option.value === value)
  return (
    <AriaSelect className="select" aria-label={label} value={value} onChange={(next) => onChange(next as T)}>
      <Button className="button select-button">
        <SelectValue>{chosen?.label ?? ''}</SelectValue>
        <Icon name="chevron" size={16} />
      </Button>
      <Popover className="popover" placement="bottom end">
        <ListBox className="select-options">
          {options.map((option) => (
            <ListBoxItem key={option.value} id={option.value} className="select-option" textValue={option.label}>
              <Icon name="check" size={16} />
              <span className="row-title">{option.label}</span>
              <span className="row-hint">{option.hint}</span>
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </AriaSelect>
  )
}
