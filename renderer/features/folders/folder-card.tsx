import type { ReactElement } from 'react'
import type { SyncFolder } from '../../../shared/model/folder.ts'
import { Button, IconButton } from '../../components/button.tsx'
import { Chip } from '../../components/chip.tsx'
import { Icon } from '../../components/icon.tsx'
import { Name, PathName } from '../../components/name.tsx'
import { Sentence } from '../../components/sentence.tsx'
import { Strand } from '../../components/strand.tsx'
import { useApp } from '../../store/app.ts'
import { lookAgain, openFolder, togglePaused } from '../../store/folder-actions.ts'
import { folderProgress, folderTone, folderWords } from '../../text/folder-words.ts'
import { formatBytes, formatSpeed } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'

/** The sign of a folder, in the colour of its state; what it means stands beside it in words. */
export function FolderSign({ folder, size = 20 }: { folder: SyncFolder; size?: number }): ReactElement {
  return <span className="folder-sign" data-tone={folderTone(folder)}><Icon name="folder" size={size} /></span>
}

/** What a folder does, and how far it is. `brief`: what it asks is beside it in full. */
export function FolderState({ folder, brief = false }: { folder: SyncFolder; brief?: boolean }): ReactElement {
  const { state } = folder
  const progress = folderProgress(folder)
  return (
    <>
      {progress && (
        <Strand
          label={visibleText(folder.name)}
          value={progress.value}
          total={progress.total}
          tone="calm"
          live={state.kind === 'syncing'}
          indeterminate={progress.open}
        />
      )}
      <div className="transfer-facts">
        <span className="transfer-state" data-tone={folderTone(folder)}><Sentence text={brief && state.kind === 'asking' ? t.folders.state.asking : folderWords(folder)} /></span>
        {state.kind === 'syncing' && state.bytesPerSecond > 0 && <span>{formatSpeed(state.bytesPerSecond)}</span>}
      </div>
      {(state.kind === 'missing' || state.kind === 'waiting') && <p className="folder-detail">{visibleText(state.error.message)}</p>}
    </>
  )
}

function Actions({ folder }: { folder: SyncFolder }): ReactElement {
  const app = useApp()
  const name = visibleText(folder.name)
  const paused = folder.state.kind === 'paused'
  return (
    <div className="actions">
      {folder.state.kind === 'asking' && <Button kind="primary" label={`${t.folders.decide} ${name}`} onPress={() => openFolder(app, folder.id)}>{t.folders.decide}</Button>}
      {!paused && folder.state.kind !== 'scanning' && (
        <IconButton icon="retry" label={`${t.folders.lookAgain}: ${name}`} onPress={() => void lookAgain(app, folder.id)} />
      )}
      <IconButton icon={paused ? 'play' : 'pause'} label={`${paused ? t.folders.resume : t.folders.pause}: ${name}`} onPress={() => void togglePaused(app, folder)} />
      <IconButton icon="chevron" label={`${t.folders.open}: ${name}`} onPress={() => openFolder(app, folder.id)} />
    </div>
  )
}

/** A shared folder: everything that matters of it, without opening it. */
export function FolderCard({ folder }: { folder: SyncFolder }): ReactElement {
  return (
    <>
      <FolderSign folder={folder} />
      <div className="transfer-body">
        <span className="transfer-title">
          <Name text={folder.name} className="transfer-name" />
          <span className="folder-where"><PathName text={folder.path} /></span>
        </span>
        <FolderState folder={folder} />
        <div className="folder-chips">
          <span className="transfer-facts">
            <span>{t.folders.content(folder.content.files, formatBytes(folder.content.bytes))}</span>
            {folder.mode !== 'two-way' && <span>{t.folders.modes[folder.mode].label}</span>}
          </span>
          {folder.conflicts > 0 && <Chip tone="wait" icon="copy">{t.folders.conflicts(folder.conflicts)}</Chip>}
          {folder.problems > 0 && <Chip tone="bad">{t.folders.problems(folder.problems)}</Chip>}
        </div>
      </div>
      <Actions folder={folder} />
    </>
  )
}
