import { useState, type ReactElement } from 'react'
import type { FolderState, SyncFolder } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Modal } from '../../components/modal.tsx'
import { useApp, useAppState } from '../../store/app.ts'
import { answerFolder, openTab } from '../../store/folder-actions.ts'
import { t } from '../../text/messages.ts'
import { countsInWords } from './plan-tab.tsx'

interface Props {
  readonly folder: SyncFolder
  readonly state: Extract<FolderState, { kind: 'asking' }>
}

/** A change so large that it may be a mistake: what it would do, in figures, and the two ways out. */
export function AskingPanel({ folder, state }: Props): ReactElement {
  const app = useApp()
  const tab = useAppState((all) => all.folders.tab)
  const [keeping, setKeeping] = useState(false)
  const { asking } = t.folders
  const answer = (choice: 'apply' | 'keep-mine'): void => void answerFolder(app, folder.id, state.token, choice)
  return (
    <section className="asking" aria-label={asking.title}>
      <Icon name="alert" size={28} />
      <div className="asking-words">
        <h2>{asking.title}</h2>
        <p>{asking.body(state.totalFiles)}</p>
        <ul className="asking-counts">
          {countsInWords(state.counts).map(({ words, tone }) => <li key={words} data-tone={tone}>{words}</li>)}
        </ul>
      </div>
      <div className="asking-actions">
        <Button kind="danger" onPress={() => answer('apply')}>{asking.apply}</Button>
        <span className="row-hint">{asking.applyHint}</span>
        <Button kind="primary" onPress={() => setKeeping(true)}>{asking.keep}</Button>
        <span className="row-hint">{asking.keepHint}</span>
        {tab !== 'plan' && <Button kind="quiet" onPress={() => openTab(app, 'plan')}>{asking.see}</Button>}
      </div>
      <Modal title={asking.keepTitle} isOpen={keeping} onClose={() => setKeeping(false)} alert>
        <p>{asking.keepBody}</p>
        <div className="dialog-actions">
          <Button autoFocus onPress={() => setKeeping(false)}>{t.common.cancel}</Button>
          <Button
            kind="primary"
            onPress={() => {
              answer('keep-mine')
              setKeeping(false)
            }}
          >
            {asking.keep}
          </Button>
        </div>
      </Modal>
    </section>
  )
}
