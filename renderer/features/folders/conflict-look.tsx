import { useEffect, useState, type ReactElement } from 'react'
import { toErrorData } from '../../../shared/errors.ts'
import type { ConflictPreview, SidePreview, SyncConflict } from '../../../shared/model/folder.ts'
import { Skeleton } from '../../components/empty.tsx'
import { useApp } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { visibleLine, visibleText } from '../../text/visible-text.ts'
import { linesOf } from './line-diff.ts'
import { TextDifference } from './text-difference.tsx'

/** The only kinds of picture that are shown, whatever the preview calls itself. */
const PICTURES: ReadonlySet<string> = new Set(['png', 'jpeg', 'gif', 'webp'])
const MOST_LINES = 400

function Picture({ title, preview }: { title: string; preview: Extract<SidePreview, { kind: 'image' }> }): ReactElement {
  const [bad, setBad] = useState(!PICTURES.has(preview.type))
  const [size, setSize] = useState<string | null>(null)
  if (bad) return <p className="row-hint">{t.folders.conflict.badPicture}</p>
  return (
    <>
      <img
        src={`data:image/${preview.type};base64,${preview.base64}`}
        alt={t.folders.conflict.picture(title)}
        onError={() => setBad(true)}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) => setSize(`${naturalWidth} × ${naturalHeight}`)}
      />
      {size && <span className="muted">{size}</span>}
    </>
  )
}

const plain = (preview: SidePreview): boolean => preview.kind === 'other' && preview.picture === undefined

function Look({ title, preview, gone }: { title: string; preview: SidePreview | null; gone: string }): ReactElement {
  const m = t.folders.conflict
  return (
    <figure className="look" data-kind={preview?.kind ?? 'none'}>
      <figcaption>{title}</figcaption>
      {preview === null && <p className="row-hint">{gone}</p>}
      {preview?.kind === 'other' && <p className="row-hint">{preview.picture === 'large' ? m.largePicture : preview.picture === 'broken' ? m.badPicture : m.noPreview}</p>}
      {preview?.kind === 'image' && <Picture title={title} preview={preview} />}
      {preview?.kind === 'text' && <pre className="message" tabIndex={0} dir="auto">{linesOf(preview.text).slice(0, MOST_LINES).map(visibleLine).join('\n')}</pre>}
    </figure>
  )
}

/** What is in both versions: texts line by line, pictures side by side. */
export function ConflictLook({ folderId, conflict: { copyPath, folder } }: { folderId: string; conflict: SyncConflict }): ReactElement {
  const app = useApp()
  const [preview, setPreview] = useState<ConflictPreview | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const m = t.folders.conflict
  useEffect(() => {
    let current = true
    app.bridge.call('sync:preview', { folderId, copyPath }).then(
      (reply) => current && setPreview(reply),
      (error: unknown) => current && setTrouble(visibleText(toErrorData(error).message)),
    )
    return () => {
      current = false
    }
  }, [app, folderId, copyPath])
  if (trouble !== null) return <p className="row-hint" role="status">{m.failed} {trouble}</p>
  if (!preview) return <Skeleton label={t.common.loading} rows={2} />
  const { original, copy } = preview
  if (original?.kind === 'text' && copy.kind === 'text') return <TextDifference original={original} copy={copy} />
  if (plain(copy) && (!original || plain(original))) return <p className="row-hint">{m.noPreview}</p>
  const gone = folder ? m.isFolder : m.gone
  return (
    <div className="looks">
      <Look title={m.original} preview={original} gone={gone} />
      <Look title={m.copy} preview={copy} gone={gone} />
    </div>
  )
}
