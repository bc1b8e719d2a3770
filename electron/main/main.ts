import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app, ipcMain } from 'electron'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppEvents } from '../../shared/ipc/app-contract.ts'
import { declareAppProtocol, serveAppProtocol } from '../app/app-protocol.ts'
import { electronPlatform } from '../app/electron-platform.ts'
import { hardenApp, hardenSession } from '../app/harden.ts'
import { parseHandedPaths, parseLaunchOptions } from '../app/launch-options.ts'
import { MainWindow } from '../app/main-window.ts'
import { setMenu } from '../app/menu.ts'
import { Notifier } from '../app/notifier.ts'
import { createTray } from '../app/tray.ts'
import { createApplication, type Application } from '../application/application.ts'
import { homeFolder } from '../engine/host/home-folder.ts'
import { userHome } from '../engine/util/user-home.ts'
import { serveWindows } from '../ipc/serve-windows.ts'
import { guardQuit } from './quit.ts'
import { startEngine } from './start-engine.ts'
import { watchEngine } from './watch-engine.ts'

/** The desktop app: one engine, one window. Nothing here waits at the top level: Electron is ready only after this has run. */
const neighbour = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

const launch = parseLaunchOptions(ownArguments(process.argv), process.cwd())
const home = homeFolder(launch.home, { env: process.env, platform: process.platform, cwd: process.cwd(), userHome: userHome() })
const profile = join(home, 'window')

app.setName('Holdfast')
if (process.platform === 'win32') app.setAppUserModelId('app.holdfast')
mkdirSync(profile, { recursive: true, mode: 0o700 })
// What Chromium keeps is beside the rest of the home, so that each home has its own window and its own single instance.
app.setPath('userData', profile)

if (app.requestSingleInstanceLock({ paths: launch.paths })) run()
else app.exit(0)

function run(): void {
  declareAppProtocol()
  hardenApp()

  let window: MainWindow | undefined
  const keeper = startEngine({
    home,
    version: app.getVersion(),
    givesWay: true,
    discovery: launch.discovery,
    continueTransfers: 'all',
    ...(launch.listen ? { listen: launch.listen } : {}),
  })
  const application = keeper.then((engine): Application => {
    if (!engine) throw new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast could not start.')
    return createApplication({ engine, home, platform: electronPlatform(() => needed(window).browserWindow) })
  })
  application.catch(() => undefined)

  const show = (): void => window?.show()
  const lead = (to: AppEvents['app:navigate']): void => {
    show()
    void application.then(({ navigate }) => navigate(to), () => undefined)
  }
  const take = (paths: readonly string[]): void => {
    if (paths.length === 0) return
    lead({ page: 'send' })
    void application.then(({ addPaths }) => addPaths(paths)).catch(() => undefined)
  }
  const choose = (kind: 'file' | 'folder'): void => {
    lead({ page: 'send' })
    void application.then(({ handlers }) => handlers['source:choose']({ kind })).catch(() => undefined)
  }
  const isEnding = guardQuit({
    engine: keeper,
    show,
    closing: () => {
      window?.rememberNow()
      void application.then(({ close }) => close(), () => undefined)
    },
  })

  app.on('second-instance', (_event, _argv, _cwd, data) => {
    show()
    take(parseHandedPaths(data))
  })
  // A drop on the dock's icon, and "Open with": macOS may send it before the app is ready.
  app.on('open-file', (event, path) => {
    event.preventDefault()
    void app.whenReady().then(() => take([path]))
  })
  app.on('activate', show)
  app.on('window-all-closed', () => undefined)

  const start = async (): Promise<void> => {
    hardenSession()
    serveAppProtocol(neighbour('renderer'))
    serveWindows({ ipc: ipcMain, application, send: (channel, ...args) => window?.send(channel, ...args) })
    const opened = new MainWindow({
      preload: neighbour('preload.cjs'),
      stateFile: join(profile, 'window.json'),
      hidden: launch.hidden,
      closing: () => (isEnding() ? 'close' : 'hide'),
    })
    window = opened
    setMenu({ go: (page) => lead({ page }), choose, closeWindow: () => opened.browserWindow.close() })
    const tray = createTray({ show, go: (page) => lead({ page }), quit: () => app.quit() })
    take(launch.paths)
    const engine = await keeper
    if (!engine) return app.exit(1)
    watchEngine({ engine, application: await application, window: opened, tray, notifier: new Notifier(lead) })
  }
  void app.whenReady().then(start)
}

/** Without the program, and without the folder that `electron FOLDER` was given. */
function ownArguments(argv: readonly string[]): readonly string[] {
  const rest = argv.slice(1)
  if (!process.defaultApp) return rest
  const folder = rest.findIndex((text) => !text.startsWith('-'))
  return rest.filter((_text, index) => index !== folder)
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new HoldfastError('ENGINE_INTERNAL', 'There is no window yet.')
  return value
}
