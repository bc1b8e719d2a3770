import { mkdir } from 'node:fs/promises'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { TestClient } from './engine-client.ts'
import type { HoldfastProcess } from './holdfast-process.ts'
import { complaintsOf } from './page-driving.ts'
import { Lab } from './processes.ts'
import { requireBrowser } from './require-browser.ts'

/** What nothing but a hang exceeds. */
export const WAIT_MS = 60_000

/** `holdfast serve` on a home of its own, and where it is. */
export interface Served {
  readonly name: string
  readonly home: string
  readonly folder: string
  readonly process: HoldfastProcess
  /** Where it receives. */
  readonly port: number
  readonly url: string
  /** A browser of its own, with the page open in it. */
  readonly context: BrowserContext
  readonly page: Page
  /** Whatever the browser complained about: errors, violations of the content policy. Must stay empty. */
  readonly complaints: string[]
}

/** Real Chromium against real `holdfast serve` processes. */
export class ServeLab {
  readonly lab = new Lab()
  readonly browser: Browser

  private constructor(browser: Browser) {
    this.browser = browser
  }

  static async open(): Promise<ServeLab> {
    return new ServeLab(await chromium.launch({ executablePath: requireBrowser(), args: ['--no-sandbox', '--disable-background-networking'] }))
  }

  /** Starts one and opens its page. Its name is set by the engine's own settings. `host`: where it listens. */
  async serve(name: string, host = '127.0.0.1'): Promise<Served> {
    const home = this.lab.path(`home-${name}`)
    const folder = this.lab.path(`received-${name}`)
    await mkdir(folder)
    const process = this.lab.run(home, ['serve', '--page', '127.0.0.1:0', '--listen', `${host}:0`, '--dir', folder])
    const [listening, page] = await Promise.all([process.waitFor('listening'), process.waitFor('page')])
    const client = await TestClient.connect(home)
    await client.call('settings:set', { name })
    await client.close()
    const url = String(page['url'])
    const context = await this.browser.newContext({ viewport: { width: 1180, height: 760 }, locale: 'en-GB', reducedMotion: 'reduce' })
    context.setDefaultTimeout(WAIT_MS)
    const opened = await openPage(context, url)
    return { name, home, folder, process, port: listening['port'] as number, url, context, ...opened }
  }

  async close(): Promise<void> {
    await this.browser.close()
    await this.lab.close()
  }
}

export async function openPage(context: BrowserContext, url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(url)
  await page.locator('h1').first().waitFor()
  return { page, complaints }
}
