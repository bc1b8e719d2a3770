import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Page } from 'playwright-core'
import { HoldfastError } from '../../shared/errors.ts'
import { accessibilityFindings } from '../support/accessibility.ts'
import { startDemoBrowser, type DemoBrowser, type DemoPage } from '../support/demo-browser.ts'
import type { DemoEngine } from '../support/demo-engine.ts'
import { busyScene } from '../support/demo-scenes.ts'

let browser: DemoBrowser
beforeAll(async () => {
  browser = await startDemoBrowser()
}, 120_000)
afterAll(() => browser.close())

async function open(engine: DemoEngine, options: Parameters<DemoBrowser['open']>[1] = {}): Promise<DemoPage> {
  const demo = await browser.open(engine, options)
  onTestFinished(() => demo.close())
  await demo.page.keyboard.press('Alt+6')
  await demo.page.getByRole('heading', { name: 'Plain TCP inbox' }).waitFor()
  return demo
}

const toggle = (page: Page) => page.getByRole('switch', { name: 'Receive plain TCP messages' })

describe('the plain TCP inbox in Settings', () => {
  test('is off, on loopback, and says what it is not; switched on it says where it listens', async () => {
    const engine = busyScene()
    const { page, complaints } = await open(engine)
    await expect.poll(() => toggle(page).isChecked()).toBe(false)
    const warning = page.getByRole('note')
    await expect.poll(() => warning.textContent()).toMatch(/neither encrypted nor authenticated/i)
    await expect.poll(() => warning.textContent()).toContain('Only programs on this machine')
    await toggle(page).focus()
    await page.keyboard.press('Space')
    await page.getByText('Listening on 127.0.0.1:4681.').waitFor()
    await expect.poll(() => engine.settings.plain.enabled).toBe(true)
    expect(complaints).toEqual([])
  })

  test('port 0 is shown as what it is, and can be chosen', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    const port = page.getByRole('region', { name: 'Plain TCP inbox' }).getByRole('textbox', { name: 'Port' })
    await port.fill('0')
    await page.keyboard.press('Tab')
    await expect.poll(() => engine.settings.plain.port).toBe(0)
    await expect.poll(() => port.inputValue()).toBe('0')
  })

  test('an address that others can reach is warned about louder', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.getByRole('textbox', { name: 'Address' }).fill('192.168.1.20 ')
    await page.keyboard.press('Enter')
    await page.getByText('Open to the network.').waitFor()
    await expect.poll(() => page.getByRole('note').textContent()).toContain('192.168.1.20:4681')
    await expect.poll(() => engine.settings.plain).toMatchObject({ enabled: false, host: '192.168.1.20' })
    await page.getByRole('textbox', { name: 'Address' }).fill('::')
    await page.keyboard.press('Enter')
    await page.getByText('port 4681 of this machine').waitFor()
  })

  test('a framing is chosen by keyboard, and its parameter typed', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.getByRole('button', { name: /Framing/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('option', { name: 'Until the end' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect.poll(() => engine.settings.plain.framing).toBe('delimiter:\\n')
    await page.getByRole('textbox', { name: 'Delimiter' }).fill('; ')
    await page.keyboard.press('Enter')
    await expect.poll(() => engine.settings.plain.framing).toBe('delimiter:; ')
    await page.getByRole('button', { name: /Framing/ }).click()
    await page.getByRole('option', { name: 'Length, decimal digits' }).click()
    await page.getByRole('textbox', { name: 'Digits of the length, digits' }).fill('10')
    await page.keyboard.press('Tab')
    await expect.poll(() => engine.settings.plain.framing).toBe('decimal:10')
    await page.getByRole('button', { name: /Framing/ }).click()
    await page.getByRole('option', { name: 'Blocks' }).click()
    await expect.poll(() => engine.settings.plain.framing).toBe('blocks')
    await expect.poll(() => page.getByRole('textbox', { name: 'Digits of the length' }).count()).toBe(0)
  })

  test('a folder of its own, and the receive folder again; limits', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    const section = page.getByRole('region', { name: 'Plain TCP inbox' })
    await section.getByRole('button', { name: 'Change the folder' }).click()
    await page.getByRole('textbox', { name: 'Path of the folder' }).fill('/srv/instruments')
    await page.keyboard.press('Enter')
    await expect.poll(() => engine.settings.plain.folder).toBe('/srv/instruments')
    await section.getByRole('textbox', { name: 'Longest message, MB' }).fill('2.5')
    await page.keyboard.press('Tab')
    await expect.poll(() => engine.settings.plain).toMatchObject({ maxMessageBytes: 2_500_000, folder: '/srv/instruments' })
    await section.getByRole('button', { name: 'Use the receive folder' }).click()
    await expect.poll(() => engine.settings.plain.folder).toBe(undefined)
    await section.getByRole('textbox', { name: 'Connections at once' }).fill('4')
    await page.keyboard.press('Tab')
    await expect.poll(() => engine.settings.plain.maxConnections).toBe(4)
  })

  test('what the engine refuses is said, and nothing is as if it had worked', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    engine.failNext.set('settings:set', new HoldfastError('PORT_IN_USE', 'Port 4681 is in use. Choose another.'))
    await page.getByText('Receive plain TCP messages').click()
    await page.getByText('Port 4681 is in use. Choose another.').first().waitFor()
    await expect.poll(() => toggle(page).isChecked()).toBe(false)
  })

  test('what went wrong last is shown as text', async () => {
    const engine = busyScene()
    engine.plainError = { from: '192.168.1.80', atMs: Date.now(), error: { code: 'PLAIN_TRUNCATED', message: 'The stream ended: 12 bytes of 400.' } }
    await engine.call('settings:set', { plain: { ...engine.settings.plain, enabled: true } })
    const { page } = await open(engine)
    await page.getByText(/192\.168\.1\.80: The stream ended: 12 bytes of 400\./).waitFor()
  })
})

test('what it received comes from an unverified sender', async () => {
  const { page } = await open(busyScene())
  await page.keyboard.press('Alt+3')
  const row = page.getByRole('row').filter({ hasText: 'Plain TCP 127.0.0.1' }).first()
  await row.getByText('unverified sender').waitFor()
  await row.getByText('Not verified').waitFor({ state: 'attached' })
})

test.each(['light', 'dark'] as const)('by ear and by eye, %s', async (colorScheme) => {
  const engine = busyScene()
  await engine.call('settings:set', { plain: { ...engine.settings.plain, enabled: true, host: '0.0.0.0', framing: 'typed:01=fixed:16' } })
  const { page } = await open(engine, { colorScheme, reducedMotion: 'reduce' })
  expect(await accessibilityFindings(page)).toEqual([])
  await page.getByRole('button', { name: /Framing/ }).click()
  await page.getByRole('option', { name: 'Blocks' }).waitFor()
  // While the list is open, everything else is hidden on purpose.
  const hidden = /^(landmark-one-main|page-has-heading-one):/
  expect((await accessibilityFindings(page)).filter((finding) => !hidden.test(finding))).toEqual([])
})
