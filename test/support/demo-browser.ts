import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import type { DemoEngine } from './demo-engine.ts'
import { buildPage, startDemoServer, type DemoServer } from './demo-server.ts'
import { complaintsOf } from './page-driving.ts'
import { requireBrowser } from './require-browser.ts'

/** What nothing but a hang exceeds, on a machine that has much else to do; shorter than a test, so that it is this that is told. */
const HANG_MS = 60_000

/** A real Chromium with the page built once; every page opened has its own demo engine behind its own server. */
export interface DemoBrowser {
  open(engine: DemoEngine, options?: BrowserContextOptions): Promise<DemoPage>
  close(): Promise<void>
}

export interface DemoPage {
  readonly page: Page
  readonly server: DemoServer
  /** Whatever the browser complained about: errors, violations of the content policy. Must stay empty. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

async function openPage(browser: Browser, folder: string, engine: DemoEngine, options: BrowserContextOptions): Promise<DemoPage> {
  const server = await startDemoServer(engine, folder)
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, locale: 'en-GB', ...options })
  context.setDefaultTimeout(HANG_MS)
  const page = await context.newPage()
  const complaints = complaintsOf(page)
  await page.goto(server.url)
  await page.locator('h1').first().waitFor()
  return {
    page,
    server,
    complaints,
    async close() {
      await context.close()
      await server.close()
    },
  }
}

export async function startDemoBrowser(executablePath = requireBrowser()): Promise<DemoBrowser> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-page-'))
  await buildPage(folder)
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-background-networking'] })
  return {
    open: (engine, options = {}) => openPage(browser, folder, engine, options),
    async close() {
      await browser.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
