import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import type { AppArgs, AppCommandName, AppReply } from '../../shared/ipc/app-contract.ts'
import type { Reply } from '../../shared/ipc/contract.ts'

/** What driving a page has in common, whatever shows it: Electron, a packaged app, a browser. */

/** Whatever the page complains about from now on: scripts that threw, what the content policy refused. Must stay empty. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  return complaints
}

/** Drops files and folders of this machine as the system does: real drag events from the browser process on. */
export async function dropFiles(page: Page, paths: readonly string[], screenshot?: string): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
  const at = { x: Math.round(width / 2), y: Math.round(height / 2), data: { items: [], files: [...paths], dragOperationsMask: 1 } }
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    if (type === 'drop') {
      await page.getByText('Drop to send').waitFor()
      if (screenshot) await page.screenshot({ path: screenshot })
    }
    await session.send('Input.dispatchDragEvent', { type, ...at })
  }
  await session.detach()
}

/** Resolves when what is typed goes there. */
export async function untilFocused(field: Locator): Promise<void> {
  await field.and(field.page().locator(':focus')).waitFor()
}

/** What the page's own bridge answers, in Electron; rejects with the error's code. */
export async function callApp<C extends AppCommandName>(page: Page, command: C, args: AppArgs<C>): Promise<AppReply<C>> {
  const reply = await page.evaluate(
    ([name, value]) => (window as unknown as { holdfast: { call(command: unknown, args: unknown): Promise<unknown> } }).holdfast.call(name, value),
    [command, args] as const,
  )
  const { ok, ...rest } = reply as Reply<AppReply<C>>
  if (ok && 'value' in rest) return rest.value
  throw new Error(`${command}: ${JSON.stringify(rest)}`)
}

/** Where a user's folders are, none of them the machine's own. */
export function userEnvironment(userHome: string): Record<string, string> {
  mkdirSync(userHome, { recursive: true })
  const xdg = { XDG_CONFIG_HOME: join(userHome, '.config'), XDG_DATA_HOME: join(userHome, '.local/share'), XDG_CACHE_HOME: join(userHome, '.cache') }
  return { HOME: userHome, ...xdg, HOLDFAST_HOME: join(userHome, 'holdfast') }
}

/** The app's window for one user, and what is asked of it. */
export class AppWindow {
  readonly page: Page
  readonly userHome: string
  readonly complaints: readonly string[]
  readonly #log: readonly string[]

  /** @param log grows with what the program writes */
  constructor(page: Page, userHome: string, hangMs: number, log: readonly string[]) {
    this.page = page
    this.userHome = userHome
    this.complaints = complaintsOf(page)
    this.#log = log
    page.setDefaultTimeout(hangMs)
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
}
