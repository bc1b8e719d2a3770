import type { ElectronApplication } from 'playwright-core'

/** What the app shows outside of its window, and what a user does there. A virtual screen has no notifications and no tray to look at. */
interface Watched {
  readonly notifications: { readonly title: string; emit(event: 'click'): void }[]
  tray?: { emit(event: 'click'): void }
  trayText?: string
}

/** From now on notifications are remembered instead of shown, and what the tray says. */
export async function watchDesktop(electron: ElectronApplication): Promise<void> {
  await electron.evaluate(({ Notification, Tray }) => {
    const watched: Watched = { notifications: [] }
    Object.assign(globalThis, { watched })
    Notification.isSupported = () => true
    Notification.prototype.show = function (this: Watched['notifications'][number]) {
      watched.notifications.push(this)
    }
    const setToolTip = Tray.prototype.setToolTip
    Tray.prototype.setToolTip = function (this: InstanceType<typeof Tray>, text: string) {
      watched.tray = this as unknown as NonNullable<Watched['tray']>
      watched.trayText = text
      setToolTip.call(this, text)
    }
  })
}

/** Titles, oldest first. */
export function notifications(electron: ElectronApplication): Promise<readonly string[]> {
  return electron.evaluate(() => (globalThis as unknown as { watched: Watched }).watched.notifications.map(({ title }) => title))
}

export function clickNotification(electron: ElectronApplication, title: string): Promise<void> {
  return electron.evaluate((_electron, wanted) => {
    const { watched } = globalThis as unknown as { watched: Watched }
    const found = watched.notifications.findLast((notification) => notification.title === wanted)
    if (!found) throw new Error(`no notification ${wanted}`)
    found.emit('click')
  }, title)
}

/** What it has said since it is watched. */
export function trayText(electron: ElectronApplication): Promise<string | undefined> {
  return electron.evaluate(() => (globalThis as unknown as { watched: Watched }).watched.trayText)
}

export function clickTray(electron: ElectronApplication): Promise<void> {
  return electron.evaluate(() => {
    const { tray } = (globalThis as unknown as { watched: Watched }).watched
    if (!tray) throw new Error('the tray has said nothing')
    tray.emit('click')
  })
}

export function closeWindow(electron: ElectronApplication): Promise<void> {
  return electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
}

export function isWindowVisible(electron: ElectronApplication): Promise<boolean> {
  return electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible()))
}
