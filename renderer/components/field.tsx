import type { ReactElement, ReactNode } from 'react'
import { Input, Label, NumberField, Radio, RadioGroup, Switch, TextField } from 'react-aria-components'
import { useEffect, useState } from 'react'

/** A labelled row of a form: words at the left, the control at the right. */
export function Row({ title, hint, children }: { title: string; hint?: string | undefined; children: ReactNode }): ReactElement {
  return (
    <div className="row">
      <div className="row-words">
        <div className="row-title">{title}</div>
        {hint && <div className="row-hint">{hint}</div>}
      </div>
      <div className="row-control">{children}</div>
    </div>
  )
}

interface ToggleProps {
  readonly title: string
  readonly hint?: string
  readonly isSelected: boolean
  readonly onChange: (on: boolean) => void
  readonly isDisabled?: boolean
}

export function Toggle({ title, hint, ...rest }: ToggleProps): ReactElement {
  return (
    <Switch className="row toggle" {...rest}>
      <span className="row-words">
        <span className="row-title">{title}</span>
        {hint && <span className="row-hint">{hint}</span>}
      </span>
      <span className="toggle-track"><span className="toggle-thumb" /></span>
    </Switch>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly { readonly value: T; readonly label: string }[]
  readonly onChange: (value: T) => void
  readonly hideLabel?: boolean
}

/** A few exclusive choices, side by side. */
export function Choice<T extends string>({ label, value, options, onChange, hideLabel = false }: ChoiceProps<T>): ReactElement {
  return (
    <RadioGroup
      className="choice"
      value={value}
      orientation="horizontal"
      onChange={(next) => onChange(next as T)}
      {...(hideLabel ? { 'aria-label': label } : {})}
    >
      {!hideLabel && <Label className="choice-label">{label}</Label>}
      <div className="choice-options">
        {options.map((option) => <Radio key={option.value} className="choice-option" value={option.value}>{option.label}</Radio>)}
      </div>
    </RadioGroup>
  )
}

interface SavedTextProps {
  readonly label: string
  readonly value: string
  readonly onSave: (value: string) => void
  readonly maxLength?: number
  /** Not prose: every character counts. */
  readonly isCode?: boolean
}

/** A text that is saved on Enter or on leaving it; Escape puts the old one back. */
export function SavedText({ label, value, onSave, maxLength = 80, isCode = false }: SavedTextProps): ReactElement {
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  const save = (): void => {
    const next = isCode ? draft : draft.trim()
    if (next && next !== value) onSave(next)
    else setDraft(value)
  }
  return (
    <TextField
      className="text-field"
      aria-label={label}
      value={draft}
      onChange={setDraft}
      onBlur={save}
      maxLength={maxLength}
      onKeyDown={(event) => {
        if (event.key === 'Enter') save()
        if (event.key === 'Escape') setDraft(value)
      }}
    >
      {isCode ? <Input className="input code" dir="ltr" spellCheck={false} autoComplete="off" autoCapitalize="off" /> : <Input className="input" dir="auto" />}
    </TextField>
  )
}

interface AmountProps {
  readonly label: string
  /** In `unit`; 0 means none. */
  readonly value: number
  readonly unit: string
  readonly onSave: (value: number) => void
  readonly min?: number
  readonly max?: number
  readonly allowZero?: boolean
  readonly placeholder?: string
  readonly whole?: boolean
}

export function Amount({ label, value, unit, onSave, min = 0, max = 1_000_000, allowZero = false, placeholder, whole = false }: AmountProps): ReactElement {
  return (
    <NumberField
      className="amount"
      aria-label={unit ? `${label}, ${unit}` : label}
      value={value === 0 && !allowZero ? Number.NaN : value}
      minValue={min}
      maxValue={max}
      onChange={(next) => onSave(Number.isNaN(next) ? min : next)}
      formatOptions={{ maximumFractionDigits: whole ? 0 : 2, useGrouping: !whole }}
    >
      <Input className="input" {...(placeholder ? { placeholder } : {})} />
      {unit && <span className="amount-unit" aria-hidden="true">{unit}</span>}
    </NumberField>
  )
}
