import { useState, type ReactElement } from 'react'
import { Input, TextField } from 'react-aria-components'
import { Button } from '../../components/button.tsx'
import { PathName } from '../../components/name.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { t } from '../../text/messages.ts'

interface Props {
  readonly path: string
  readonly onChoose: (folderId: string) => void
  readonly onReset?: () => void
  readonly resetLabel?: string
  /** What "Change…" changes, where there are several. */
  readonly label?: string
}

/** A folder: chosen with the platform's own dialog, or typed where there is none. */
export function FolderControl({ path, onChoose, onReset, resetLabel, label }: Props): ReactElement {
  const app = useApp()
  const canChoose = useAppState((state) => state.info?.canChoose ?? false)
  const [typed, setTyped] = useState<string | null>(null)
  const choose = async (typedPath?: string): Promise<void> => {
    const choice = await attempt(app, 'folder:choose', typedPath === undefined ? {} : { typed: typedPath })
    if (!choice) return
    setTyped(null)
    onChoose(choice.folderId)
  }
  if (typed !== null) {
    return (
      <form
        className="folder-control"
        onSubmit={(event) => {
          event.preventDefault()
          if (typed.trim()) void choose(typed.trim())
        }}
      >
        <TextField className="text-field" aria-label={t.settings.folderTyped} value={typed} onChange={setTyped} autoFocus>
          <Input className="input" spellCheck={false} autoComplete="off" />
        </TextField>
        <Button onPress={() => setTyped(null)}>{t.common.cancel}</Button>
        <Button kind="primary" type="submit">{t.common.save}</Button>
      </form>
    )
  }
  return (
    <div className="folder-control">
      <PathName text={path} className="folder-path" />
      {onReset && resetLabel && <Button kind="quiet" onPress={onReset}>{resetLabel}</Button>}
      <Button {...(label ? { 'aria-label': label } : {})} onPress={() => (canChoose ? void choose() : setTyped(path))}>{t.common.change}</Button>
    </div>
  )
}
