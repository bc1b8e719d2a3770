import type { ChildProcess } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { _electron, type ElectronApplication, type Page } from 'playwright-core'
import type { AppArgs, AppCommandName, AppReply } from '../../shared/ipc/app-contract.ts'
import type { Reply } from '../../shared/ipc/contract.ts'
import { hangGuard } from './hang-guard.ts'
import type { StagedApp } from './stage-app.ts'
import { attach } from './attach.ts'

const HANG_MS = 60_000
/** A start takes one to five seconds. */
const ATTACH_MS = 20_000

/** Drops files and folders of this machine as the system does: real drag events from the browser process on. */
export async function dropFiles(page: Page, paths: readonly string[], screenshot?: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
  const at = { x: Math.round(width / 2), y: Math.round(height / 2), data: { items: [], files: [...paths], dragOperationsMask: 1 } }
  await session.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at })
  await session.send('Input.dispatchDragEvent', { type: 'dragOver', ...at })
  if (screenshot) await page.screenshot({ path: screenshot })
  await session.send('Input.dispatchDragEvent', { type: 'drop', ...at })
  await session.detach()
}

/** What the page's own bridge answers; rejects with the error's code. */
export async function callApp<C extends AppCommandName>(page: Page, command: C, args: AppArgs<C>): Promise<AppReply<C>> {
  const reply = await page.evaluate(
    ([name, value]) => (window as unknown as { holdfast: { call(command: unknown, args: unknown): Promise<unknown> } }).holdfast.call(name, value),
    [command, args] as const,
  )
  const { ok, ...rest } = reply as Reply<AppReply<C>>
  if (ok && 'value' in rest) return rest.value
  throw new Error(`${command}: ${JSON.stringify(rest)}`)
}

export interface LaunchOptions {
  /** Made when missing: the user's home folder, with everything the app keeps. */
  readonly userHome: string
  readonly environment: Readonly<Record<string, string>>
  readonly args?: readonly string[]
}

/** Where a user's folders are, none of them the machine's own. */
export function userEnvironment(userHome: string): Record<string, string> {
  mkdirSync(userHome, { recursive: true })
  const xdg = { XDG_CONFIG_HOME: join(userHome, '.config'), XDG_DATA_HOME: join(userHome, '.local/share'), XDG_CACHE_HOME: join(userHome, '.cache') }
  return { HOME: userHome, ...xdg, HOLDFAST_HOME: join(userHome, 'holdfast') }
}

/** The app as it runs for one user. */
export class DesktopApp {
  readonly electron: ElectronApplication
  readonly page: Page
  readonly userHome: string
  /** What went wrong in the page: scripts that threw, what the content policy refused. */
  readonly complaints: string[] = []
  /** Playwright forgets it when it has ended. */
  readonly process: ChildProcess
  readonly #log: string[]

  private constructor(electron: ElectronApplication, page: Page, userHome: string, log: string[]) {
    this.electron = electron
    this.process = electron.process()
    this.page = page
    this.userHome = userHome
    this.#log = log
    page.setDefaultTimeout(HANG_MS)
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text())
    })
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

  get log(): string {
    return this.#log.join('')
  }

  get receiveFolder(): string {
    return join(this.userHome, 'Holdfast')
  }

  call<C extends AppCommandName>(command: C, args: AppArgs<C>): Promise<AppReply<C>> {
    return callApp(this.page, command, args)
  }

  /** Where it listens, once it does. */
  async port(): Promise<number> {
    const { listening } = await this.call('engine:status', {})
    if (!listening) throw new Error('the app does not listen')
    return listening.port
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
