import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults, RunOptions } from 'axe-core'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 A and AA, and axe's best practices. */
const OPTIONS: RunOptions = { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }

/** What axe finds on the page as it is, one line a place; empty is good. */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  const loaded = await page.evaluate(() => 'axe' in window)
  // Through the debugger: the page's own policy allows no script but its own.
  if (!loaded) await page.evaluate(source)
  const results = await page.evaluate((options) => (window as unknown as { axe: { run(options: unknown): Promise<AxeResults> } }).axe.run(options), OPTIONS)
  return results.violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`))
}
