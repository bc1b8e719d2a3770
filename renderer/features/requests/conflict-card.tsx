import { useState, type ReactElement } from 'react'
import { Checkbox } from 'react-aria-components'
import type { ConflictAnswer, Request } from '../../../shared/model/transfer.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { formatBytes, formatFull } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { splitPath, visibleText } from '../../text/visible-text.ts'

type Conflict = Extract<Request, { kind: 'conflict' }>
type Version = Conflict['here']

/** `report (2).pdf`: what `keep-both` most likely makes of a name. */
export function secondName(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? `${name.slice(0, dot)} (2)${name.slice(dot)}` : `${name} (2)`
}

function VersionCard({ title, version, other }: { title: string; version: Version; other: Version }): ReactElement {
  return (
    <div className="version">
      <span className="version-title">{title}</span>
      <span>{formatBytes(version.size)}{version.size > other.size && <em> {t.requests.larger}</em>}</span>
      <span>{formatFull(version.mtimeMs)}{version.mtimeMs > other.mtimeMs && <em> {t.requests.newer}</em>}</span>
    </div>
  )
}

/** A different file has this name: both, side by side, and what may become of them. */
export function ConflictCard({ request, onLater }: { request: Conflict; onLater: () => void }): ReactElement {
  const app = useApp()
  const [forAll, setForAll] = useState(false)
  const { folder, name } = splitPath(request.path)
  const answer = (choice: ConflictAnswer): void =>
    void attempt(app, 'request:accept', { requestId: request.id, answer: choice, ...(forAll ? { forAll } : {}) })
  return (
    <article className="offer conflict">
      <div className="conflict-icon"><Icon name="copy" size={24} /></div>
      <div className="offer-words">
        <h2 className="offer-title">{t.requests.conflictTitle}</h2>
        <p className="conflict-name"><Name text={name} />{folder && <span className="muted"><Name text={folder} /></span>}</p>
        <div className="versions">
          <VersionCard title={t.requests.here} version={request.here} other={request.offered} />
          <VersionCard title={`${t.requests.offered}`} version={request.offered} other={request.here} />
        </div>
        <Checkbox className="checkbox" isSelected={forAll} onChange={setForAll}>
          <span className="checkbox-box"><Icon name="check" size={14} /></span>
          {t.requests.forAll}
        </Checkbox>
      </div>
      <div className="offer-actions">
        <Button kind="primary" onPress={() => answer('keep-both')}>{t.requests.keepBoth}</Button>
        <span className="row-hint"><bdi>{t.requests.keepBothHint(visibleText(secondName(name)))}</bdi></span>
        <Button onPress={() => answer('replace')}>{t.requests.replace}</Button>
        <span className="row-hint">{t.requests.replaceHint}</span>
        <Button onPress={() => answer('skip')}>{t.requests.skip}</Button>
        <div className="offer-actions-end"><Button kind="quiet" onPress={onLater}>{t.requests.later}</Button></div>
      </div>
    </article>
  )
}
