import { nativeTheme, powerSaveBlocker } from 'electron'
import type { Settings } from '../../shared/model/settings.ts'
import { setStartAtLogin } from '../app/autostart.ts'
import type { EngineKeeper } from '../app/engine-keeper.ts'
import { KeepAwake } from '../app/keep-awake.ts'
import type { MainWindow } from '../app/main-window.ts'
import { Notices, type Notice } from '../app/notices.ts'
import type { Notifier } from '../app/notifier.ts'
import { OverallProgress } from '../app/overall-progress.ts'
import type { AppTray } from '../app/tray.ts'
import type { Application } from '../application/application.ts'

const PROGRESS_MS = 500

export interface Desktop {
  readonly engine: EngineKeeper
  readonly application: Application
  readonly window: MainWindow
  readonly tray: AppTray
  readonly notifier: Notifier
}

/** What the desktop shows and does about the engine's facts: theme, notifications, tray, taskbar, staying awake. */
export function watchEngine({ engine, application, window, tray, notifier }: Desktop): void {
  const notices = new Notices(Date.now())
  const awake = new KeepAwake({ start: () => powerSaveBlocker.start('prevent-app-suspension'), stop: (id) => powerSaveBlocker.stop(id) })
  const progress = new OverallProgress()
  let settings: Settings | undefined

  const tell = (notice: Notice | null): void => {
    if (notice && settings?.notifications !== false && !window.isFocused) notifier.show(notice)
  }
  const apply = (next: Settings): void => {
    nativeTheme.themeSource = next.theme
    if (settings && settings.startAtLogin !== next.startAtLogin) void setStartAtLogin(next.startAtLogin).catch(() => undefined)
    settings = next
  }
  const gone = (transferId: string): void => {
    notices.forget(transferId)
    awake.forget(transferId)
    progress.forget(transferId)
  }

  let progressTimer: NodeJS.Timeout | undefined
  const showProgress = (): void => {
    progressTimer ??= setTimeout(() => {
      progressTimer = undefined
      window.setProgress(progress.part)
    }, PROGRESS_MS)
  }

  engine.on('settings:changed', apply)
  void engine.call('settings:get', {}).then(apply, () => undefined)
  engine.on('transfer:changed', (transfer) => {
    awake.transfer(transfer)
    progress.transfer(transfer)
    showProgress()
    tell(notices.transfer(transfer))
  })
  engine.on('transfer:removed', ({ transferId }) => gone(transferId))
  engine.on('request:changed', (request) => tell(notices.request(request)))
  engine.on('request:removed', ({ requestId }) => {
    notices.requestGone(requestId)
    notifier.withdraw(requestId)
  })
  engine.on('pairing:changed', (pairing) => {
    if (pairing.state.kind === 'compare') tell(notices.pairing(pairing))
    else notifier.withdraw(pairing.id)
  })
  engine.onReplaced(() => {
    awake.clear()
    progress.clear()
    showProgress()
    window.reload()
  })
  application.subscribe((event, payload) => {
    if (event === 'engine:status-changed') tray.update(payload as Parameters<AppTray['update']>[0])
  })
  void application.handlers['engine:status']({} as never)
}
