import type { KeyboardEvent, ReactElement } from 'react'
import { GridList, GridListItem } from 'react-aria-components'
import type { Source } from '../../../shared/ipc/app-contract.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Icon, Mark } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { attempt, notify } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { formatBytes, percentOf } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { shortReason } from '../../text/reasons.ts'
import { visibleText } from '../../text/visible-text.ts'
import { shortcutText } from '../shell/keys.ts'
import { chooseSources } from './choose.ts'

/** Rows that are made: thousands of loose files are counted, not listed. */
const MOST_ROWS = 200

function factsOf(source: Source): string {
  if (source.error) return shortReason(source.error)
  if (source.size === undefined) return t.send.counting
  if (source.uploadedBytes !== undefined && source.uploadedBytes < source.size) {
    return t.send.uploading(percentOf(source.uploadedBytes, source.size))
  }
  const size = formatBytes(source.size)
  return source.files === undefined ? size : `${t.count.files(source.files)}, ${size}`
}

function TrayItem({ id, source }: { id: string; source: Source }): ReactElement {
  const app = useApp()
  const remove = (): void => void attempt(app, 'source:remove', { sourceId: source.sourceId })
  return (
    <GridListItem
      id={id}
      textValue={visibleText(source.name)}
      className="tray-item"
      data-bad={source.error ? true : undefined}
    >
      <span className="tray-icon" data-kind={source.kind}><Icon name={source.kind} /></span>
      <span className="tray-words">
        <Name text={source.name} />
        <span className="tray-facts">{factsOf(source)}</span>
      </span>
      <IconButton icon="close" label={t.send.removeNamed(visibleText(source.name))} onPress={remove} />
    </GridListItem>
  )
}

/** What goes: everything that was dropped, chosen, pasted or written. */
export function Tray({ onCompose }: { onCompose: () => void }): ReactElement {
  const app = useApp()
  const sources = useAppState((state) => state.sources)
  const info = useAppState((state) => state.info)
  const kind = info?.kind ?? 'page'
  const platform = info?.platform ?? 'other'
  const addPicture = async (): Promise<void> => {
    const source = await attempt(app, 'source:add-clipboard-image', {})
    if (source === null) notify(app, 'info', t.send.clipboardEmpty)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Delete' && event.key !== 'Backspace') return
    const sourceId = (event.target as HTMLElement).closest<HTMLElement>('[data-key]')?.dataset['key']
    if (sourceId) void attempt(app, 'source:remove', { sourceId })
  }
  const actions = (
    <div className="tray-actions">
      <Button icon="file" onPress={() => chooseSources(app, 'file')}>{t.send.files}</Button>
      <Button icon="folder" onPress={() => chooseSources(app, 'folder')}>{t.send.folder}</Button>
      <Button icon="text" onPress={onCompose}>{t.send.text}</Button>
      {kind === 'electron' && <Button icon="image" onPress={() => void addPicture()}>{t.send.clipboard}</Button>}
    </div>
  )
  if (sources.length === 0) {
    return (
      <section className="panel tray" aria-label={t.send.what}>
        <div className="tray-empty">
          <div className="tray-empty-art"><Mark size={64} /></div>
          <h2>{t.send.emptyTitle}</h2>
          <p>{t.send.emptyHint} {t.send.pasteHint} ({shortcutText('paste', kind, platform)}).</p>
          {actions}
        </div>
      </section>
    )
  }
  return (
    <section className="panel tray" aria-label={t.send.what}>
      <div className="panel-head">
        <h2>{t.send.tray}</h2>
        <Button kind="quiet" onPress={() => void attempt(app, 'source:clear', {})}>{t.send.clear}</Button>
      </div>
      <div className="tray-scroll" onKeyDownCapture={onKeyDown}>
        <GridList
          className="tray-list"
          aria-label={t.send.tray}
          items={sources.slice(0, MOST_ROWS)}
          keyboardNavigationBehavior="tab"
        >
          {(source) => <TrayItem id={source.sourceId} source={source} />}
        </GridList>
        {sources.length > MOST_ROWS && <p className="tray-more">{t.send.more(sources.length - MOST_ROWS)}</p>}
      </div>
      {actions}
    </section>
  )
}
