import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 A and AA, and axe's best practices. */
const OPTIONS: RunOptions = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }

/**
 * What has changed is painted, and no colour is on its way to another: what inherits a colour that changes begins its own
 * change a frame later, so some frames in a row must be calm.
 */
async function settledColors(page: Page): Promise<void> {
  await page.evaluate(async () => {
    for (let calmFrames = 0; calmFrames < 4; ) {
      await new Promise((resolve) => requestAnimationFrame(resolve))
      const running = document.getAnimations().filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime))
      for (const animation of running) animation.finish()
      calmFrames = running.length === 0 ? calmFrames + 1 : 0
    }
  })
}

/** What axe finds on the page when it has come to rest, one line a place; empty is good. */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  await settledColors(page)
  const loaded = await page.evaluate(() => 'axe' in window)
  // Through the debugger: the page's own policy allows no script but its own.
  if (!loaded) await page.evaluate(source)
  const results = await page.evaluate((options) => (window as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run(options), OPTIONS)
  return results.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
}
