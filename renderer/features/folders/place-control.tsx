import type { ReactElement } from 'react'
import { Input, Label, Text, TextField } from 'react-aria-components'
import type { FolderChoice } from '../../../shared/ipc/app-contract.ts'
import { Button } from '../../components/button.tsx'
import { PathName } from '../../components/name.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState, type App } from '../../store/app.ts'
import { formatBytes } from '../../text/format.ts'
import { t } from '../../text/messages.ts'

/** A folder that was chosen, or one that is being typed where there is no chooser. */
export type Place = { readonly kind: 'none' } | { readonly kind: 'chosen'; readonly choice: FolderChoice } | { readonly kind: 'typed'; readonly path: string }

export function isPlace(place: Place): boolean {
  return place.kind === 'chosen' || (place.kind === 'typed' && place.path.trim() !== '')
}

export function pathOfPlace(place: Place): string {
  if (place.kind === 'none') return ''
  return place.kind === 'chosen' ? place.choice.path : place.path.trim()
}

/** The last name of the place, for a first proposal of what to call the folder. */
export function nameOfPlace(place: Place): string {
  return pathOfPlace(place).split(/[\\/]/).findLast((part) => part !== '') ?? ''
}

/** The id of the place; undefined when what was typed is no folder, which has been said then. */
export async function placeId(app: App, place: Place): Promise<string | undefined> {
  if (place.kind === 'chosen') return place.choice.folderId
  if (place.kind === 'none') return undefined
  const choice = await attempt(app, 'folder:choose', { typed: place.path.trim() })
  return choice?.folderId
}

interface Props {
  readonly label: string
  readonly hint?: string
  readonly place: Place
  readonly onChange: (place: Place) => void
}

/** Where a shared folder is on this device: with the platform's own dialog, or typed on the page. */
export function PlaceControl({ label, hint, place, onChange }: Props): ReactElement {
  const app = useApp()
  const canChoose = useAppState((state) => state.info?.canChoose ?? false)
  if (!canChoose) {
    return (
      <TextField className="text-field" value={place.kind === 'typed' ? place.path : ''} onChange={(path) => onChange({ kind: 'typed', path })} autoFocus>
        <Label className="form-label">{label}</Label>
        <Input className="input code" dir="ltr" spellCheck={false} autoComplete="off" placeholder="/home/me/Documents" />
        <Text slot="description" className="row-hint">{hint ?? t.folders.dialog.typedHint}</Text>
      </TextField>
    )
  }
  const choose = async (): Promise<void> => {
    const choice = await attempt(app, 'folder:choose', {})
    if (choice) onChange({ kind: 'chosen', choice })
  }
  const free = place.kind === 'chosen' ? place.choice.freeBytes : null
  return (
    <div className="place" role="group" aria-label={label}>
      <span className="form-label" aria-hidden="true">{label}</span>
      <div className="place-line">
        {place.kind === 'chosen' ? <PathName text={place.choice.path} className="folder-path" /> : <span className="muted folder-path">{t.folders.dialog.none}</span>}
        <Button icon="folder" autoFocus={place.kind === 'none'} onPress={() => void choose()}>{t.folders.dialog.choose}</Button>
      </div>
      {(hint || free !== null) && <span className="row-hint">{hint}{hint && free !== null && ' '}{free !== null && t.common.free(formatBytes(free))}</span>}
    </div>
  )
}
