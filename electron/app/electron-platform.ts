import { app, dialog, Notification, shell, type BrowserWindow } from 'electron'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppInfo } from '../../shared/ipc/app-contract.ts'
import type { PlatformPorts } from '../application/ports.ts'
import { canStartAtLogin } from './autostart.ts'
import { clipboardPicture } from './clipboard-picture.ts'

/** The application's platform where there is a desktop. Dialogs belong to the window. */
export function electronPlatform(window: () => BrowserWindow): PlatformPorts {
  const platforms: readonly string[] = ['linux', 'darwin', 'win32']
  const info: AppInfo = {
    kind: 'electron',
    platform: platforms.includes(process.platform) ? (process.platform as AppInfo['platform']) : 'other',
    version: app.getVersion(),
    canOpen: true,
    canStartAtLogin: canStartAtLogin(),
    canNotify: Notification.isSupported(),
    canChoose: true,
  }
  return {
    info,
    async chooseFolder() {
      const { canceled, filePaths } = await dialog.showOpenDialog(window(), { properties: ['openDirectory', 'createDirectory'] })
      return canceled ? null : (filePaths[0] ?? null)
    },
    async chooseSources(kind) {
      const only = kind === 'file' ? ('openFile' as const) : ('openDirectory' as const)
      const { canceled, filePaths } = await dialog.showOpenDialog(window(), { properties: [only, 'multiSelections'], buttonLabel: 'Send' })
      return canceled ? [] : filePaths
    },
    clipboardImage: clipboardPicture,
    async openPath(path) {
      const problem = await shell.openPath(path)
      if (problem !== '') throw new HoldfastError('FILE_UNREADABLE', `The system could not open it: ${problem}`)
    },
    showInFolder: (path) => shell.showItemInFolder(path),
  }
}
