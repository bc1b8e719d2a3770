import type { ReactElement } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { Icon, Mark } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { goTo, openDevice } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { folderQuestions } from '../../store/folder-selectors.ts'
import { deviceAlarms, liveCount, readinessOf } from '../../store/selectors.ts'
import type { State } from '../../store/state.ts'
import { formatBytes, formatCount } from '../../text/format.ts'
import { listeningWords } from '../../text/listening.ts'
import { t } from '../../text/messages.ts'
import { shortcutText } from './keys.ts'
import { PAGES, type PageEntry } from './pages.tsx'

interface Badge {
  readonly count: number
  readonly words: string
  readonly tone: 'calm' | 'bad'
}

const BADGES: Partial<Record<PageEntry['id'], (state: State) => number>> = { transfers: liveCount, folders: folderQuestions, devices: deviceAlarms }

function badgeOf(id: PageEntry['id'], count: number): Badge | null {
  if (count === 0) return null
  if (id === 'folders') return { count, words: t.folders.needsYou(count), tone: 'bad' }
  return id === 'devices'
    ? { count, words: t.devices.alarmTitle, tone: 'bad' }
    : { count, words: t.nav.badge(count, t.nav.running), tone: 'calm' }
}

function NavItem({ entry, index }: { entry: PageEntry; index: number }): ReactElement {
  const app = useApp()
  const current = useAppState((state) => state.page === entry.id)
  const kind = useAppState((state) => state.info?.kind ?? 'page')
  const platform = useAppState((state) => state.info?.platform ?? 'other')
  const badge = badgeOf(entry.id, useAppState((state) => BADGES[entry.id]?.(state) ?? 0))
  const keys = shortcutText('page', kind, platform, index)
  return (
    <li>
      <button
        type="button"
        className="nav-item"
        aria-current={current ? 'page' : undefined}
        aria-keyshortcuts={keys.replace('Ctrl', 'Control').replace('⌘', 'Meta').replace('⌥', 'Alt')}
        title={`${t.nav[entry.id]} (${keys})`}
        onClick={() => goTo(app, entry.id)}
      >
        <Icon name={entry.icon} />
        <span className="nav-label">{t.nav[entry.id]}</span>
        {badge ? (
          <span className="nav-badge" data-tone={badge.tone}>
            <span aria-hidden="true">{formatCount(badge.count)}</span>
            <span className="visually-hidden">{badge.words}</span>
          </span>
        ) : (
          <span className="nav-keys" aria-hidden="true">{keys}</span>
        )}
      </button>
    </li>
  )
}

function ThisDevice(): ReactElement | null {
  const app = useApp()
  const status = useAppState((state) => state.status)
  const readiness = useAppState(readinessOf)
  if (!status) return null
  return (
    <AriaButton className="this-device" onPress={() => openDevice(app, null)}>
      <span className="visually-hidden">{t.nav.thisDevice}</span>
      <span className="this-device-name"><Name text={status.name} /></span>
      <span className="this-device-state" data-readiness={readiness}>{t.nav.readiness[readiness]}</span>
      <span className="this-device-facts">
        {status.listening && <span>{listeningWords(status.listening)}</span>}
        {status.freeBytes !== null && <span>{t.common.free(formatBytes(status.freeBytes))}</span>}
      </span>
    </AriaButton>
  )
}

export function Sidebar({ onHelp }: { onHelp: () => void }): ReactElement {
  return (
    <header className="sidebar">
      <div className="brand"><Mark /><span className="brand-name">{t.appName}</span></div>
      <nav aria-label={t.nav.label}>
        <ul className="nav">{PAGES.map((entry, index) => <NavItem key={entry.id} entry={entry} index={index} />)}</ul>
      </nav>
      <div className="sidebar-foot">
        <button type="button" className="nav-item nav-help" onClick={onHelp} title={`${t.nav.shortcuts} (?)`}>
          <Icon name="keyboard" />
          <span className="nav-label">{t.nav.shortcuts}</span>
          <span className="nav-keys" aria-hidden="true">?</span>
        </button>
        <ThisDevice />
      </div>
    </header>
  )
}
