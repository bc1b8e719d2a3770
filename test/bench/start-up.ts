/**
 * How long the desktop app takes until its window can be used, with an empty home and with one of years:
 * `node test/bench/start-up.ts [TRANSFERS]`, default 100,000. Prints wall time from launch to the page's heading and to the page
 * with its data, CPU seconds of the main process till then, and its memory once everything has settled.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBigJournal } from '../support/big-journal.ts'
import { DesktopApp } from '../support/desktop-app.ts'
import { openDisplay } from '../support/require-display.ts'
import { readProcessUse } from '../support/rss.ts'
import { stageApp } from '../support/stage-app.ts'

const RUNS = 3
const SETTLED_MS = 8_000
const transfers = Number(process.argv[2] ?? 100_000)
const staged = await stageApp()
if ('missing' in staged) throw new Error(staged.missing)
const root = mkdtempSync(join(tmpdir(), 'holdfast-start-up-'))
const display = await openDisplay()

async function startOnce(name: string): Promise<void> {
  const began = performance.now()
  const app = await DesktopApp.launch(staged as Exclude<typeof staged, { missing: string }>, { userHome: join(root, name), environment: display.environment })
  try {
    const headingMs = performance.now() - began
    await app.page.locator('.skeleton').waitFor({ state: 'detached' })
    await app.port()
    const readyMs = performance.now() - began
    const started = await readProcessUse(app.process.pid ?? 0)
    const asked = performance.now()
    await app.call('received:list', { offset: 0, limit: 100 })
    await app.call('transfer:list', { offset: 0, limit: 100, ended: true })
    const listedMs = performance.now() - asked
    await app.page.waitForTimeout(SETTLED_MS)
    const settled = await readProcessUse(app.process.pid ?? 0)
    console.log(
      `${name}: heading ${headingMs.toFixed(0)} ms, data ${readyMs.toFixed(0)} ms, main CPU ${started?.cpuSeconds.toFixed(2)} s; first lists ${listedMs.toFixed(0)} ms; ` +
        `${SETTLED_MS / 1000} s later CPU ${settled?.cpuSeconds.toFixed(2)} s, RSS ${((settled?.rssBytes ?? 0) / 1e6).toFixed(0)} MB`,
    )
  } finally {
    await app.close()
  }
}

try {
  makeBigJournal(join(root, 'years', 'holdfast'), join(root, 'years', 'Holdfast'), transfers)
  for (let run = 0; run < RUNS; run += 1) {
    await startOnce('empty')
    await startOnce('years')
  }
} finally {
  await display.close()
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  await staged.remove()
}
