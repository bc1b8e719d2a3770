import { app, Menu, type MenuItemConstructorOptions } from 'electron'
import type { AppPage } from '../../shared/ipc/app-contract.ts'

export interface MenuActions {
  go(page: AppPage): void
  choose(kind: 'file' | 'folder'): void
  closeWindow(): void
}

const PAGES: readonly { readonly page: AppPage; readonly label: string }[] = [
  { page: 'send', label: '&Send' },
  { page: 'transfers', label: '&Transfers' },
  { page: 'received', label: '&Received' },
  { page: 'folders', label: '&Folders' },
  { page: 'devices', label: '&Devices' },
  { page: 'settings', label: 'S&ettings' },
]

/** The native menu. A key that the page handles itself never gets here, so nothing happens twice. */
export function setMenu(actions: MenuActions): void {
  const mac = process.platform === 'darwin'
  const separator: MenuItemConstructorOptions = { type: 'separator' }
  const settings: MenuItemConstructorOptions = { label: 'Settings…', accelerator: 'CmdOrCtrl+,', click: () => actions.go('settings') }
  const template: MenuItemConstructorOptions[] = [
    ...(mac
      ? [
          {
            label: app.name,
            submenu: [
              { role: 'about' as const },
              separator,
              settings,
              separator,
              { role: 'services' as const },
              separator,
              { role: 'hide' as const },
              { role: 'hideOthers' as const },
              { role: 'unhide' as const },
              separator,
              { role: 'quit' as const },
            ],
          },
        ]
      : []),
    {
      label: '&File',
      submenu: [
        { label: 'Send &Files…', accelerator: 'CmdOrCtrl+O', click: () => actions.choose('file') },
        { label: 'Send F&older…', accelerator: 'CmdOrCtrl+Shift+O', click: () => actions.choose('folder') },
        separator,
        { label: '&Close Window', accelerator: 'CmdOrCtrl+W', click: () => actions.closeWindow() },
        ...(mac ? [] : [settings, separator, { role: 'quit' as const, accelerator: 'CmdOrCtrl+Q' }]),
      ],
    },
    {
      label: '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: '&View',
      submenu: [
        ...PAGES.map(({ page, label }, index) => ({ label, accelerator: `CmdOrCtrl+${index + 1}`, click: () => actions.go(page) })),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(app.isPackaged ? [] : [separator, { role: 'reload' as const }, { role: 'toggleDevTools' as const }]),
      ],
    },
    { role: 'windowMenu' },
  ]
  Menu.setApplicationMenu(Menu.buildFromTemplate(template))
}
