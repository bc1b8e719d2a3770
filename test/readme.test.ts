import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')

/** What stands between code fences. */
function examples(text: string): string[] {
  return [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map((match) => match[1] ?? '')
}

test('the README shows the very examples of plain TCP that the tests run', () => {
  const run = examples(read('electron/engine/plain/EXAMPLES.md'))
  const shown = new Set(examples(read('README.md')))
  expect(run.length).toBeGreaterThan(16)
  expect(run.filter((example) => !shown.has(example))).toEqual([])
})
