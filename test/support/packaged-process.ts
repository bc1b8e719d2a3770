import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chromium, type Browser, type Page } from 'playwright-core'
import { attach } from './attach.ts'
import { hangGuard } from './hang-guard.ts'
import { AppWindow, userEnvironment } from './page-driving.ts'

const ATTACH_MS = 30_000
const HANG_MS = 60_000

/**
 * A packaged app. Its fuses keep Node's inspector out, so it is driven like any Chromium: over the debugging port that a
 * command line may open.
 */
export class PackagedProcess extends AppWindow {
  readonly #child: ChildProcess
  readonly #browser: Browser

  private constructor(child: ChildProcess, browser: Browser, page: Page, userHome: string, log: readonly string[]) {
    super(page, userHome, HANG_MS, log)
    this.#child = child
    this.#browser = browser
  }

  static async start(executable: string, userHome: string, environment: Readonly<Record<string, string>>): Promise<PackagedProcess> {
    const log: string[] = []
    const child = spawn(executable, ['--no-sandbox', '--disable-gpu', '--no-discovery', '--listen=127.0.0.1:0', '--remote-debugging-port=0'], {
      env: { ...process.env, ...environment, ...userEnvironment(userHome) },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const endpoint = new Promise<string>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`the app ended\n${log.join('')}`)))
      child.stderr.on('data', (chunk: Buffer) => {
        log.push(chunk.toString())
        const address = /DevTools listening on (ws:\S+)/.exec(log.join(''))?.[1]
        if (address) resolve(address)
      })
    })
    const address = await hangGuard(endpoint, HANG_MS, 'the debugging port', () => log.join(''))
    const browser = await attach(() => chromium.connectOverCDP(address, { timeout: ATTACH_MS }))
    const [context] = browser.contexts()
    if (!context) throw new Error('the app has no window')
    const page = context.pages()[0] ?? (await context.waitForEvent('page', { timeout: HANG_MS }))
    const app = new PackagedProcess(child, browser, page, userHome, log)
    await page.getByRole('heading', { level: 1 }).waitFor()
    return app
  }

  async close(): Promise<void> {
    await this.#browser.close().catch(() => undefined)
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await hangGuard(ended, HANG_MS, 'the app to end', () => this.log)
  }
}
