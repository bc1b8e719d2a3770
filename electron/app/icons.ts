import { join } from 'node:path'
import { app, nativeImage, type NativeImage } from 'electron'

/** Packaged, they are beside the app; before that, where they are drawn. */
function picture(folder: 'icons' | 'tray', name: string): NativeImage {
  const path = app.isPackaged ? join(process.resourcesPath, folder, name) : join(app.getAppPath(), 'build', folder, name)
  return nativeImage.createFromPath(path)
}

export function windowIcon(): NativeImage {
  return picture('icons', '256x256.png')
}

/** On macOS a template image, which the menu bar colours itself. `@2x` beside it is found by Electron. */
export function trayIcon(): NativeImage {
  return picture('tray', process.platform === 'darwin' ? 'trayTemplate.png' : 'tray.png')
}
