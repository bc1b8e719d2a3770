import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react'
import { useAppState } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'
import { Empty, Skeleton } from '../../components/empty.tsx'
import { PairingDialog } from '../pairing/pairing-dialog.tsx'
import { RequestDock } from '../requests/request-dock.tsx'
import { ConnectionBanner } from './connection-banner.tsx'
import { DropOverlay } from './drop-overlay.tsx'
import { keepFocus } from './focus-keeper.ts'
import { LiveRegion } from './live-region.tsx'
import { Notices } from './notices.tsx'
import { PAGES } from './pages.tsx'
import { Problems } from './problems.tsx'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'
import { Sidebar } from './sidebar.tsx'
import { useShortcuts } from './use-shortcuts.ts'
import { useTheme } from './use-theme.ts'

function CurrentPage(): ReactElement {
  const page = useAppState((state) => state.page)
  const loaded = useAppState((state) => state.loaded)
  const loadError = useAppState((state) => state.loadError)
  const refused = useAppState((state) => state.connection.kind === 'refused')
  if (refused) return <Empty isPage title={t.connection.refusedTitle} hint={t.connection.refused} />
  if (!loaded && loadError) return <Empty isPage title={t.connection.failedTitle} hint={visibleText(loadError.message)} />
  if (!loaded) return <div className="page"><Skeleton label={t.connection.connecting} rows={5} /></div>
  const View = PAGES.find((entry) => entry.id === page)?.view
  return View ? <View /> : <></>
}

export function AppView(): ReactElement {
  const [help, setHelp] = useState(false)
  const openHelp = useCallback(() => setHelp(true), [])
  const page = useAppState((state) => state.page)
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)
  useShortcuts(openHelp)
  useTheme()
  useEffect(() => keepFocus(document), [])

  useEffect(() => {
    document.title = `${t.nav[page]} · ${t.appName}`
    // A new page is announced by its heading; the first one leaves the focus where the browser put it.
    if (!first.current && document.activeElement === document.body) main.current?.querySelector<HTMLElement>('h1')?.focus()
    first.current = false
  }, [page])

  return (
    <div className="shell">
      <a className="skip" href="#main">{t.nav.skip}</a>
      <Sidebar onHelp={openHelp} />
      <div className="stage">
        <ConnectionBanner />
        <Problems />
        <RequestDock />
        <main id="main" ref={main} tabIndex={-1} className="main">
          <CurrentPage />
        </main>
      </div>
      <PairingDialog />
      <DropOverlay />
      <ShortcutsDialog isOpen={help} onClose={() => setHelp(false)} />
      <Notices />
      <LiveRegion />
    </div>
  )
}
