import type { Locator, Page } from 'playwright-core'
import { accessibilityFindings } from '../support/accessibility.ts'

/** What a person does in the window, step by step, whatever the window runs in. Everything is found as a screen reader finds it. */

export const PAGES = ['Send', 'Transfers', 'Received', 'Folders', 'Devices', 'Settings'] as const

export async function openPage(page: Page, name: (typeof PAGES)[number]): Promise<void> {
  await page.getByRole('navigation').getByText(name, { exact: true }).click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
}

/** The six digits that this window shows. */
export async function shownCode(page: Page): Promise<string> {
  const label = await page.getByRole('img', { name: /^The digits are/ }).getAttribute('aria-label')
  return (label ?? '').replace(/\D/g, '')
}

/** Types the other's address, asks to pair, and says yes on both screens. Answers the codes of both. */
export async function pairByAddress(from: Page, to: Page, address: string, look?: () => Promise<void>): Promise<readonly [string, string]> {
  await openPage(from, 'Send')
  await from.getByPlaceholder('host or host:port').fill(address)
  await from.getByRole('button', { name: 'Add', exact: true }).click()
  await from.getByRole('button', { name: `Pair with this address: ${address}` }).click()
  const codes = await Promise.all([shownCode(from), shownCode(to)] as const)
  await look?.()
  await Promise.all([from, to].map((page) => page.getByRole('button', { name: 'They are the same' }).click()))
  await Promise.all([from, to].map((page) => page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()))
  await from.getByRole('button', { name: `Remove ${address}` }).click()
  return codes
}

/** From now on this device is asked about whatever that one offers. */
export async function askAboutOffersOf(page: Page, name: string): Promise<void> {
  await openPage(page, 'Devices')
  await page.getByRole('row', { name }).click()
  await page.getByText('Ask me', { exact: true }).click()
  await page.getByRole('radio', { name: 'Ask me', checked: true }).waitFor({ state: 'attached' })
}

/** Chooses one paired device, alone. */
export async function chooseDevice(page: Page, name: string): Promise<void> {
  await openPage(page, 'Send')
  await page.getByRole('grid', { name: 'To' }).getByRole('row', { name }).click()
}

export async function sendNow(page: Page): Promise<void> {
  await page.getByRole('main').getByRole('button', { name: 'Send', exact: true }).click()
}

/** Says yes to the offer that waits in this window. */
export async function acceptOffer(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Accept', exact: true }).click()
}

/** How much of the transfer is done, in percent, as the bar says; null when there is no such bar. */
export async function progressOf(page: Page, name: string): Promise<number | null> {
  const bar = page.getByRole('progressbar', { name }).first()
  const value = await bar.getAttribute('aria-valuenow', { timeout: 1_000 }).catch(() => null)
  return value === null ? null : Number(value)
}

/** Puts a text on the tray. */
export async function writeText(page: Page, text: string): Promise<void> {
  await openPage(page, 'Send')
  await page.getByRole('button', { name: 'Text or link…' }).click()
  await page.getByRole('textbox', { name: 'Text' }).fill(text)
  await page.getByRole('button', { name: 'Put on the tray' }).click()
}

/** Reads the newest message and closes it again. Resolves when all of the text has been seen, with nothing in it to click. */
export async function readMessage(page: Page, text: string): Promise<void> {
  await page.getByRole('button', { name: /^Read/ }).first().click()
  const dialog = page.getByRole('dialog')
  for (const line of text.split('\n')) await dialog.getByText(line).waitFor()
  if ((await dialog.locator('a').count()) > 0) throw new Error('a message has links')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
}

/** What axe finds on every page as it is now; empty is good. */
export async function findingsOfEveryPage(page: Page): Promise<readonly string[]> {
  const findings: string[] = []
  for (const name of PAGES) {
    await openPage(page, name)
    await page.locator('.skeleton').waitFor({ state: 'detached' })
    findings.push(...(await accessibilityFindings(page)).map((finding) => `${name}: ${finding}`))
  }
  return findings
}

/** Resolves when the page shows it; fails as any locator does. */
export async function shows(where: Page | Locator, text: string | RegExp): Promise<void> {
  await where.getByText(text).first().waitFor()
}
