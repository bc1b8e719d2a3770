import type { ReactElement } from 'react'
import { Label, Radio, RadioGroup } from 'react-aria-components'
import type { FolderMode } from '../../../shared/model/folder.ts'
import { t } from '../../text/messages.ts'

const MODES: readonly FolderMode[] = ['two-way', 'send-only', 'receive-only']

interface Props {
  readonly value: FolderMode
  readonly onChange: (mode: FolderMode) => void
  readonly hideLabel?: boolean
}

/** In which direction changes go, each way with what it means for the files here. */
export function ModeChoice({ value, onChange, hideLabel = false }: Props): ReactElement {
  const label = t.folders.dialog.mode
  return (
    <RadioGroup className="mode-choice" value={value} onChange={(next) => onChange(next as FolderMode)} {...(hideLabel ? { 'aria-label': label } : {})}>
      {!hideLabel && <Label className="form-label">{label}</Label>}
      {MODES.map((mode) => (
        <Radio key={mode} className="mode-option" value={mode}>
          <span className="mode-dot" />
          <span className="row-words">
            <span className="row-title">{t.folders.modes[mode].label}</span>
            <span className="row-hint">{t.folders.modes[mode].hint}</span>
          </span>
        </Radio>
      ))}
    </RadioGroup>
  )
}
