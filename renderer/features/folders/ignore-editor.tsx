import { useEffect, useState, type ReactElement } from 'react'
import { TextArea, TextField } from 'react-aria-components'
import type { SyncFolder } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Skeleton } from '../../components/empty.tsx'
import { attempt, notify } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { setIgnoreDraft } from '../../store/folder-actions.ts'
import { t } from '../../text/messages.ts'

const MOST_BYTES = 262_144

/** What is left out of the folder, as text. What was typed stays until it is saved or undone, also on another tab. */
export function IgnoreEditor({ folder }: { folder: SyncFolder }): ReactElement {
  const app = useApp()
  const draft = useAppState((state) => state.folders.ignoreDraft)
  const [saved, setSaved] = useState<string | null>(null)
  const { settings } = t.folders
  useEffect(() => {
    let current = true
    void attempt(app, 'sync:ignore-get', { folderId: folder.id }).then((reply) => {
      if (current && reply) setSaved(reply.text)
    })
    return () => {
      current = false
    }
  }, [app, folder.id])
  const text = draft ?? saved
  const changed = draft !== null && draft !== saved
  const tooLong = text !== null && new TextEncoder().encode(text).length > MOST_BYTES
  const save = async (): Promise<void> => {
    if (draft === null) return
    const done = await attempt(app, 'sync:ignore-set', { folderId: folder.id, text: draft })
    if (done === undefined) return
    setSaved(draft)
    setIgnoreDraft(app, null)
    notify(app, 'good', settings.ignoreSaved)
  }
  return (
    <section className="panel ignore" aria-label={settings.ignore}>
      <h2>{settings.ignore}</h2>
      <p className="row-hint">{settings.ignoreHint}</p>
      {text === null ? (
        <Skeleton label={t.common.loading} rows={1} />
      ) : (
        <div className="ignore-columns">
          <TextField className="text-field" aria-label={settings.ignoreLabel} value={text} onChange={(next) => setIgnoreDraft(app, next)} isInvalid={tooLong}>
            <TextArea className="input text-area code" dir="ltr" rows={9} spellCheck={false} autoComplete="off" autoCapitalize="off" />
            {tooLong && <span className="field-error" role="alert">{settings.ignoreTooLong}</span>}
          </TextField>
          <dl className="ignore-help">
            {settings.ignoreExamples.map(([pattern, meaning]) => (
              <div key={pattern}><dt><code>{pattern}</code></dt><dd>{meaning}</dd></div>
            ))}
          </dl>
        </div>
      )}
      <div className="dialog-actions">
        <Button isDisabled={!changed} onPress={() => setIgnoreDraft(app, null)}>{settings.ignoreRevert}</Button>
        <Button kind="primary" isDisabled={!changed || tooLong} onPress={() => void save()}>{settings.ignoreSave}</Button>
      </div>
    </section>
  )
}
