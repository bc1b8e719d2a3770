import { useEffect, useRef, type ReactElement, type ReactNode } from 'react'
import type { ConflictChoice, ConflictSide, SyncConflict, SyncFolder } from '../../../shared/model/folder.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Skeleton } from '../../components/empty.tsx'
import { Name } from '../../components/name.tsx'
import { Sentence } from '../../components/sentence.tsx'
import { useApp } from '../../store/app.ts'
import { openConflict, resolveConflict } from '../../store/folder-actions.ts'
import { conflictPlace } from '../../store/folder-selectors.ts'
import { PAGE_SIZE } from '../../store/paged.ts'
import { formatBytes, formatFull } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { named } from '../../text/sentence.ts'
import { splitPath } from '../../text/visible-text.ts'
import { ConflictLook } from './conflict-look.tsx'
import type { FolderListHold } from './use-folder-list.ts'

interface SideProps {
  readonly title: string
  readonly side: ConflictSide | null
  readonly other: ConflictSide | null
  readonly by?: ReactNode
  /** Why there is no such side. */
  readonly gone?: string
  readonly children: ReactNode
}

/** One version: when, how large, by whom, and the button that keeps it. */
function Side({ title, side, other, by, gone, children }: SideProps): ReactElement {
  const m = t.folders.conflict
  return (
    <div className="version conflict-version" role="group" aria-label={title}>
      <h3 className="version-title">{title}</h3>
      {side ? (
        <>
          <span>{formatFull(side.mtimeMs)}{other && side.mtimeMs > other.mtimeMs && <em> {m.newer}</em>}</span>
          <span>{formatBytes(side.size)}{other && side.size > other.size && <em> {m.larger}</em>}</span>
        </>
      ) : (
        <span>{gone ?? m.gone}</span>
      )}
      {by && <span className="muted">{by}</span>}
      <div className="conflict-version-action">{children}</div>
    </div>
  )
}

function Choices({ folder, conflict }: { folder: SyncFolder; conflict: SyncConflict }): ReactElement {
  const app = useApp()
  const m = t.folders.conflict
  const { original, copy } = conflict
  const isDisabled = folder.mode === 'receive-only'
  const keep = (choice: ConflictChoice): void => void resolveConflict(app, folder.id, conflict, choice)
  return (
    <>
      <div className="versions">
        <Side title={m.original} side={original} other={copy} gone={conflict.folder ? m.isFolder : m.gone}>
          <Button label={original ? m.keepOriginalLabel : m.dropCopyLabel} isDisabled={isDisabled} onPress={() => keep('original')}>{original ? m.keepOriginal : m.dropCopy}</Button>
        </Side>
        <Side title={m.copy} side={copy} other={original} by={<Sentence text={m.by(named(conflict.deviceName))} />}>
          <Button label={m.keepCopyLabel} isDisabled={isDisabled || conflict.folder === true} onPress={() => keep('copy')}>{m.keepCopy}</Button>
        </Side>
      </div>
      <div className="conflict-both">
        <Button kind="primary" isDisabled={isDisabled} onPress={() => keep('both')}>{m.keepBoth}</Button>
        <span className="row-hint">{isDisabled ? m.receiveOnly : `${m.keepBothHint} ${m.keepHint}`}</span>
      </div>
      {original?.digest === copy.digest && <p className="row-hint">{m.sameContent}</p>}
    </>
  )
}

interface Props {
  readonly folder: SyncFolder
  readonly hold: FolderListHold<SyncConflict>
  readonly copyPath: string
}

/** A conflict: both versions side by side, what differs between them, and one click to decide. */
export function ConflictView({ folder, hold, copyPath }: Props): ReactElement {
  const app = useApp()
  const heading = useRef<HTMLHeadingElement>(null)
  const m = t.folders.conflict
  const place = conflictPlace(hold.list, copyPath, PAGE_SIZE)
  const settled = hold.mine && hold.list.total !== null
  const gone = settled && !place
  useEffect(() => {
    heading.current?.focus()
  }, [copyPath])
  // Decided on another device, or by hand in the folder: there is nothing to decide any more.
  useEffect(() => {
    if (gone) openConflict(app, null)
  }, [app, gone])
  if (!place) return <Skeleton label={t.common.loading} rows={3} />
  const { conflict, index, previous, next } = place
  const { folder: where, name } = splitPath(conflict.path)
  const total = hold.list.total ?? 0
  return (
    <section className="conflict-view" aria-label={t.folders.tabs.conflicts}>
      <div className="conflict-head">
        <Button kind="quiet" icon="back" onPress={() => openConflict(app, null)}>{m.back}</Button>
        <h2 ref={heading} tabIndex={-1}><Name text={name} />{where && <span className="muted"><Name text={where} /></span>}</h2>
        <span className="conflict-step">
          <IconButton icon="raise" label={m.previous} isDisabled={!previous} onPress={() => previous && openConflict(app, previous.copyPath)} />
          <span className="muted">{m.position(index + 1, total)}</span>
          <IconButton icon="lower" label={m.next} isDisabled={!next} onPress={() => next && openConflict(app, next.copyPath)} />
        </span>
      </div>
      <Choices folder={folder} conflict={conflict} />
      <ConflictLook key={`${conflict.copyPath} ${conflict.copy.digest} ${conflict.original?.digest ?? ''}`} folderId={folder.id} conflict={conflict} />
    </section>
  )
}
