import type { ChildProcess } from 'node:child_process'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import { attach } from './attach.ts'
import { hangGuard } from './hang-guard.ts'
import { AppWindow, userEnvironment } from './page-driving.ts'
import type { StagedApp } from './stage-app.ts'

const HANG_MS = 60_000
/** A start takes one to five seconds. */
const ATTACH_MS = 30_000

export interface LaunchOptions {
  /** Made when missing: the user's home folder, with everything the app keeps. */
  readonly userHome: string
  readonly environment: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

/** The app as it runs for one user. */
export class DesktopApp extends AppWindow {
  readonly electron: ElectronApplication
  /** Playwright forgets it when it has ended. */
  readonly process: ChildProcess

  private constructor(electron: ElectronApplication, page: Page, userHome: string, log: readonly string[]) {
    super(page, userHome, HANG_MS, log)
    this.electron = electron
    this.process = electron.process()
  }

  static async launch(staged: StagedApp, { userHome, environment, args = [] }: LaunchOptions): Promise<DesktopApp> {
    const log: string[] = []
    const electron = await attach(() => _electron.launch({
      executablePath: staged.executable,
      args: [...staged.args, '--no-sandbox', '--disable-gpu', '--no-discovery', '--listen=127.0.0.1:0', ...args],
      env: { ...(process.env as Record<string, string>), ...environment, ...userEnvironment(userHome) },
      timeout: ATTACH_MS,
    }))
    for (const stream of [electron.process().stderr, electron.process().stdout]) stream?.on('data', (chunk: Buffer) => log.push(chunk.toString()))
    const page = await hangGuard(electron.firstWindow(), HANG_MS, 'the window', () => log.join(''))
    const app = new DesktopApp(electron, page, userHome, log)
    await page.getByRole('heading', { level: 1 }).waitFor()
    return app
  }

  /** As after `kill -9` when `hard`; else as when the session ends: nothing is asked. */
  async close(hard = false): Promise<void> {
    const child = this.process
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(hard ? 'SIGKILL' : 'SIGTERM')
    await hangGuard(ended, HANG_MS, 'the app to end', () => this.log)
  }
}
