import { readFileSync, writeFileSync } from 'node:fs'
import { app, BrowserWindow, nativeTheme, screen } from 'electron'
import { PAGE_URL } from '../ipc/trusted-sender.ts'
import { windowIcon } from './icons.ts'
import { fitBounds, parseWindowState, SMALLEST, type WindowState } from './window-bounds.ts'

export interface MainWindowOptions {
  readonly preload: string
  /** Where bounds are remembered. */
  readonly stateFile: string
  /** Stays out of sight until it is shown. */
  readonly hidden: boolean
  /** Called instead of closing, when the user closes it. */
  closing(): 'hide' | 'close'
}

const REMEMBER_AFTER_MS = 500
/** A page that breaks again and again is not reloaded for ever. */
const MAX_RELOADS = 3

/** The one window. It is made once and hidden when it is closed, so that it is there at once when it is wanted again. */
export class MainWindow {
  readonly #window: BrowserWindow
  readonly #options: MainWindowOptions
  #remembering: NodeJS.Timeout | undefined
  #reloads = 0

  constructor(options: MainWindowOptions) {
    this.#options = options
    const saved = readState(options.stateFile)
    const bounds = fitBounds(saved, screen.getAllDisplays().map((display) => display.workArea))
    this.#window = new BrowserWindow({
      ...bounds,
      minWidth: SMALLEST.width,
      minHeight: SMALLEST.height,
      show: false,
      title: 'Holdfast',
      icon: windowIcon(),
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#0d1716' : '#e9efed',
      webPreferences: {
        preload: options.preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        nodeIntegrationInSubFrames: false,
        webSecurity: true,
        webviewTag: false,
        navigateOnDragDrop: false,
        spellcheck: false,
        backgroundThrottling: true,
      },
    })
    if (saved?.maximized && !options.hidden) this.#window.maximize()
    this.#watch()
    void this.#window.loadURL(PAGE_URL)
  }

  get isFocused(): boolean {
    return this.#window.isVisible() && this.#window.isFocused()
  }

  /** For dialogs that belong to it. */
  get browserWindow(): BrowserWindow {
    return this.#window
  }

  show(): void {
    if (this.#window.isMinimized()) this.#window.restore()
    this.#window.show()
    this.#window.focus()
    if (process.platform === 'darwin') void app.dock?.show()
  }

  reload(): void {
    this.#window.webContents.reload()
  }

  send(channel: string, ...args: unknown[]): void {
    const { webContents } = this.#window
    if (!this.#window.isDestroyed() && !webContents.isDestroyed() && !webContents.isCrashed()) webContents.send(channel, ...args)
  }

  /** How much of the whole is done, on the dock or the taskbar; null takes it away. */
  setProgress(part: number | null): void {
    if (!this.#window.isDestroyed()) this.#window.setProgressBar(part ?? -1)
  }

  #watch(): void {
    const window = this.#window
    window.once('ready-to-show', () => {
      if (!this.#options.hidden) window.show()
    })
    window.on('close', (event) => {
      if (this.#options.closing() === 'close') return
      event.preventDefault()
      window.hide()
    })
    for (const event of ['resize', 'move', 'maximize', 'unmaximize'] as const) window.on(event as 'resize', () => this.#rememberSoon())
    window.on('page-title-updated', (event) => event.preventDefault())
    window.webContents.on('render-process-gone', () => {
      this.#reloads += 1
      if (this.#reloads <= MAX_RELOADS && !window.isDestroyed()) window.webContents.reload()
    })
  }

  /** Writes down what was to be written soon: the program ends. */
  rememberNow(): void {
    if (this.#remembering === undefined) return
    clearTimeout(this.#remembering)
    this.#remembering = undefined
    if (this.#window.isDestroyed() || this.#window.isMinimized()) return
    const state: WindowState = { bounds: this.#window.getNormalBounds(), maximized: this.#window.isMaximized() }
    try {
      writeFileSync(this.#options.stateFile, JSON.stringify(state))
    } catch {
      // Then it opens where it opened the last time.
    }
  }

  #rememberSoon(): void {
    clearTimeout(this.#remembering)
    this.#remembering = setTimeout(() => this.rememberNow(), REMEMBER_AFTER_MS)
  }
}

function readState(file: string): WindowState | null {
  try {
    return parseWindowState(readFileSync(file, 'utf8'))
  } catch {
    return null
  }
}
