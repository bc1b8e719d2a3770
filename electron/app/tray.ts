import { Menu, Tray } from 'electron'
import type { AppPage } from '../../shared/ipc/app-contract.ts'
import type { EngineStatus } from '../../shared/ipc/contract.ts'
import { trayIcon } from './icons.ts'
import { trayText } from './tray-text.ts'

export interface TrayActions {
  show(): void
  go(page: AppPage): void
  quit(): void
}

export interface AppTray {
  update(status: EngineStatus): void
}

/** The icon that stays when the window is closed. Some Linux desktops show none: starting the app again shows the window. */
export function createTray(actions: TrayActions): AppTray {
  const tray = new Tray(trayIcon())
  let said = ''
  const say = (text: string): void => {
    if (text === said) return
    said = text
    tray.setToolTip(text)
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: text, enabled: false },
        { type: 'separator' },
        { label: 'Open Holdfast', click: () => actions.show() },
        { label: 'Send…', click: () => actions.go('send') },
        { label: 'Transfers', click: () => actions.go('transfers') },
        { label: 'Received', click: () => actions.go('received') },
        { type: 'separator' },
        { label: 'Quit Holdfast', click: () => actions.quit() },
      ]),
    )
  }
  say(trayText(null))
  tray.on('click', () => actions.show())
  return { update: (status) => say(trayText(status)) }
}
