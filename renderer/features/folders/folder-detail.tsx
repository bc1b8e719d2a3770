import { useEffect, useRef, type ReactElement } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import type { SyncFolder } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { Chip } from '../../components/chip.tsx'
import { Name, PathName } from '../../components/name.tsx'
import { attempt } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { lookAgain, openFolder, openTab, togglePaused } from '../../store/folder-actions.ts'
import { FOLDER_TABS, type FolderTab } from '../../store/folder-state.ts'
import { folderAdviceFor } from '../../text/folder-words.ts'
import { formatCount } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { ActivityTab } from './activity-tab.tsx'
import { AskingPanel } from './asking-panel.tsx'
import { ConflictsTab } from './conflicts-tab.tsx'
import { FolderSign, FolderState } from './folder-card.tsx'
import { OverviewTab } from './overview-tab.tsx'
import { PlanTab } from './plan-tab.tsx'
import { ProblemsTab } from './problems-tab.tsx'
import { SettingsTab } from './settings-tab.tsx'
import { TrashTab } from './trash-tab.tsx'

const VIEWS: Readonly<Record<FolderTab, (props: { folder: SyncFolder }) => ReactElement>> = {
  overview: OverviewTab,
  plan: PlanTab,
  conflicts: ConflictsTab,
  problems: ProblemsTab,
  activity: ActivityTab,
  trash: TrashTab,
  settings: SettingsTab,
}

function countOf(tab: FolderTab, folder: SyncFolder): number {
  if (tab === 'conflicts') return folder.conflicts
  if (tab === 'problems') return folder.problems
  return tab === 'trash' ? folder.trash.files : 0
}

function Head({ folder }: { folder: SyncFolder }): ReactElement {
  const app = useApp()
  const heading = useRef<HTMLHeadingElement>(null)
  const canOpen = useAppState((state) => state.info?.canOpen ?? false)
  const { state } = folder
  const paused = state.kind === 'paused'
  const advice = state.kind === 'missing' || state.kind === 'waiting' ? folderAdviceFor(state.error.code) : null
  useEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus()
  }, [])
  return (
    <div className="detail-head">
      <div className="detail-title">
        <FolderSign folder={folder} />
        <div className="folder-title">
          <h1 tabIndex={-1} ref={heading}><Name text={folder.name} /></h1>
          <p className="detail-where"><PathName text={folder.path} /></p>
        </div>
        <Chip tone="calm">{t.folders.modes[folder.mode].label}</Chip>
      </div>
      <div className="folder-state">
        <div className="transfer-body">
          <FolderState folder={folder} brief />
          {advice && <p className="folder-detail">{advice}</p>}
        </div>
        <div className="detail-actions">
          <Button icon={paused ? 'play' : 'pause'} kind={paused ? 'primary' : 'plain'} onPress={() => void togglePaused(app, folder)}>{paused ? t.folders.resume : t.folders.pause}</Button>
          <Button icon="retry" isDisabled={paused || state.kind === 'scanning'} onPress={() => void lookAgain(app, folder.id)}>{t.folders.lookAgain}</Button>
          {canOpen && state.kind !== 'missing' && <Button icon="folder" onPress={() => void attempt(app, 'sync:show', { folderId: folder.id })}>{t.folders.show}</Button>}
        </div>
      </div>
    </div>
  )
}

/** One folder: what it does, who takes part, and everything about its files. */
export function FolderDetail({ folder }: { folder: SyncFolder }): ReactElement {
  const app = useApp()
  const tab = useAppState((state) => state.folders.tab)
  const { tabs } = t.folders
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    void list.current?.querySelector('[data-selected]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [tab])
  return (
    <div className="page detail-page folder-page">
      <div className="detail-back"><Button kind="quiet" icon="back" onPress={() => openFolder(app, null)}>{t.folders.back}</Button></div>
      <Head folder={folder} />
      {folder.state.kind === 'asking' && <AskingPanel folder={folder} state={folder.state} />}
      <Tabs className="tabs" selectedKey={tab} onSelectionChange={(key) => openTab(app, key as FolderTab)}>
        <TabList ref={list} className="tab-list" aria-label={tabs.label}>
          {FOLDER_TABS.map((id) => {
            const count = countOf(id, folder)
            return (
              <Tab key={id} id={id} className="tab">
                {tabs[id]}{count > 0 && <span className="tab-count" data-tone={id === 'trash' ? 'calm' : 'wait'}>{formatCount(count)}</span>}
              </Tab>
            )
          })}
        </TabList>
        {FOLDER_TABS.map((id) => {
          const View = VIEWS[id]
          return <TabPanel key={id} id={id} className="tab-panel"><View folder={folder} /></TabPanel>
        })}
      </Tabs>
    </div>
  )
}
