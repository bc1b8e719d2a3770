import { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { expect, test } from 'vitest'
import { holdfastRules } from '../../build/lint-rules.ts'

function findings(code: string): number {
  const messages = new Linter().verify(`async function looks() {\n${code}\n}`, [
    { languageOptions: { parser: tseslint.parser as Linter.Parser }, plugins: { holdfast: holdfastRules }, rules: { 'holdfast/polled': 'error' } },
  ])
  expect(messages.filter(({ fatal }) => fatal)).toEqual([])
  return messages.length
}

test.each([
  "expect(await page.getByRole('row').count()).toBe(1)",
  "expect(await field.inputValue()).toBe('x')",
  "expect((await row.textContent())?.length).toBe(3)",
  "expect(Number(await bar.getAttribute('aria-valuenow'))).toBeCloseTo(7)",
  "expect(await page.evaluate('document.activeElement.tagName')).toBe('H1')",
  "expect(lastCall(engine, 'request:accept')).toEqual({ always: true })",
  'expect(engine.settings.plain.enabled).toBe(true)',
])('a single look is found: %s', (code) => {
  expect(findings(code)).toBe(1)
})

test.each([
  "await expect.poll(() => page.getByRole('row').count()).toBe(1)",
  "await expect.poll(() => lastCall(engine, 'request:accept')).toEqual({ always: true })",
  "expect(await page.locator('img').count()).toBe(0)",
  "expect(await page.evaluate('window.hacked')).toBeUndefined()",
  "expect(await table.innerText()).not.toContain('x')",
  "expect(await row.allTextContents()).toEqual([])",
  "expect(await readFile('a', 'utf8')).toBe('x')",
  'expect(complaints).toEqual([])',
])('what waits, what must never be and what is no page is left alone: %s', (code) => {
  expect(findings(code)).toBe(0)
})
