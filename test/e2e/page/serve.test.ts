import { mkdir, readdir, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Page } from 'playwright-core'
import { compareTrees } from '../../support/compare-trees.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import { dropFiles } from '../../support/page-driving.ts'
import { openPage, ServeLab, type Served } from '../../support/serve-lab.ts'
import { findingsOfEveryPage, readMessage, writeText } from '../page-steps.ts'

/** Much longer on the way, at this speed, than it takes to look at it and to cut it off. */
const LARGE_BYTES = 12 * 1024 * 1024
const SLOW_BYTES_PER_SECOND = 384 * 1024

let lab: ServeLab
let anna: Served
let ben: Served
let proxy: FaultProxy
let sent: string

/** Pictures for people, where they are asked for. */
async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['HOLDFAST_SHOTS']
  if (folder) await page.screenshot({ path: join(folder, `serve-${name}.png`) })
}

const goTo = (page: Page, number: number): Promise<void> => page.keyboard.press(`Alt+${number}`)

beforeAll(async () => {
  lab = await ServeLab.open()
  ;[anna, ben] = await Promise.all([lab.serve('Anna'), lab.serve('Ben')])
  proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: ben.port } })
}, 150_000)
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  for (const { page, process } of [anna, ben]) {
    console.error(process.log)
    await shoot(page, `failed-${await page.title()}-${process.pid}`)
  }
})
afterAll(async () => {
  proxy?.close()
  await lab?.close()
})

describe('two browsers, two devices', () => {
  test('pair through both pages: the same six digits, two yeses', async () => {
    await goTo(anna.page, 5)
    await anna.page.getByRole('button', { name: 'Pair by address…' }).first().click()
    await anna.page.getByRole('textbox', { name: 'Address' }).fill(`127.0.0.1:${proxy.port}`)
    await anna.page.keyboard.press('Enter')
    const digits = await Promise.all(
      [anna, ben].map(async ({ page }) => {
        const shown = page.getByRole('dialog').getByRole('img', { name: /^The digits are/ })
        await shown.waitFor()
        return await shown.getAttribute('aria-label')
      }),
    )
    expect(digits[0]).toMatch(/^The digits are( \d){6}$/)
    expect(digits[1]).toBe(digits[0])
    await shoot(ben.page, 'pairing')
    await anna.page.getByRole('button', { name: 'They are the same' }).click()
    await ben.page.getByRole('button', { name: 'They are the same' }).click()
    for (const { page } of [anna, ben]) {
      await page.getByRole('dialog').getByText('Paired', { exact: true }).waitFor()
      await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
    }
    await anna.page.getByRole('grid', { name: 'Paired' }).getByText('Ben').waitFor()

    await goTo(ben.page, 5)
    await ben.page.getByRole('grid', { name: 'Paired' }).getByText('Anna').click()
    await ben.page.getByText('Ask me', { exact: true }).click()
    await expect.poll(() => ben.page.getByRole('radio', { name: 'Ask me' }).isChecked()).toBe(true)
  })

  test('a folder is dropped, accepted, cut off, continued and confirmed; both keep the receipt', async () => {
    const source = await lab.lab.folder('source')
    const trip = (sent = join(source, 'Trip'))
    await mkdir(join(trip, 'deep', 'empty file'), { recursive: true })
    await writeFile(join(trip, 'notes.txt'), 'what we saw')
    await writeFile(join(trip, 'deep', 'ünï <b>.txt'), 'names are text')
    await writeFile(join(trip, 'deep', 'empty file', 'nothing'), '')
    await writeFile(join(trip, 'film.bin'), Buffer.alloc(LARGE_BYTES, 'film'))
    proxy.setFault({ slow: { bytesPerSecond: SLOW_BYTES_PER_SECOND } })

    await dropFiles(anna.page, [trip])
    await anna.page.getByRole('heading', { level: 1, name: 'Send' }).waitFor()
    await anna.page.getByText('4 files, 12.6 MB').first().waitFor()
    await anna.page.getByRole('grid', { name: 'To' }).getByText('Ben').click()
    await shoot(anna.page, 'send')
    await anna.page.locator('button[data-send-now]').click()
    await anna.page.getByRole('heading', { level: 1, name: 'Transfers' }).waitFor()

    await ben.page.getByText('wants to send you').waitFor()
    await ben.page.getByText('4 files, 12.6 MB').waitFor()
    await shoot(ben.page, 'request')
    await ben.page.getByRole('button', { name: 'Accept', exact: true }).click()
    await goTo(ben.page, 2)

    for (const { page } of [anna, ben]) await expect.poll(() => progressOf(page)).toBeGreaterThan(5)

    proxy.setFault({ refuseFirst: Number.MAX_SAFE_INTEGER })
    proxy.cutAll()
    await anna.page.getByText(/trying again/).first().waitFor()
    await shoot(anna.page, 'retry')
    const before = await progressOf(anna.page)
    await anna.page.reload()
    await anna.page.locator('h1').first().waitFor()
    await goTo(anna.page, 2)
    await anna.page.getByText(/trying again/).first().waitFor()
    await expect.poll(() => progressOf(anna.page)).toBeGreaterThanOrEqual(before)
    expect(anna.page.url()).not.toContain('token')

    proxy.setFault({})
    for (const { page } of [anna, ben]) {
      const receipt = page.getByRole('grid', { name: 'Finished' }).getByRole('row').filter({ hasText: 'Trip' })
      await receipt.getByText(/^(Delivered and confirmed|Received and verified)$/).waitFor()
    }
    await shoot(anna.page, 'receipt')
  })

  test('a file is left out of a send under way with its button; the rest arrives', async () => {
    const two = join(await lab.lab.folder('source'), 'Two')
    await mkdir(two)
    await writeFile(join(two, 'kept.txt'), 'this one goes')
    // More than can be on its way at once.
    await writeFile(join(two, 'left.bin'), Buffer.alloc(LARGE_BYTES * 4, 'not this one'))
    proxy.setFault({ slow: { bytesPerSecond: SLOW_BYTES_PER_SECOND } })
    await dropFiles(anna.page, [two])
    await anna.page.getByText('2 files, 50.3 MB').first().waitFor()
    const to = anna.page.getByRole('grid', { name: 'To' }).getByRole('row', { name: /Ben/ })
    if ((await to.getAttribute('aria-selected')) !== 'true') await to.click()
    await anna.page.locator('button[data-send-now]').click()
    await ben.page.getByRole('button', { name: 'Accept', exact: true }).click()

    await anna.page.getByRole('grid', { name: 'Under way' }).getByRole('row', { name: /^Two/ }).click()
    const files = anna.page.getByRole('grid', { name: 'Files' })
    await files.getByRole('button', { name: 'Leave out left.bin' }).click()
    await files.getByRole('row', { name: /left\.bin/ }).getByText(/^Skipped/).waitFor()
    proxy.setFault({})
    await files.getByRole('row', { name: /kept\.txt/ }).getByText('Confirmed').waitFor()
    await goTo(ben.page, 2)
    await ben.page.getByRole('grid', { name: 'Finished' }).getByRole('row').filter({ hasText: 'Two' }).waitFor()
    expect(await readdir(join(ben.folder, 'Two'))).toEqual(['kept.txt'])
  })

  test('what arrived is listed, and a file that is deleted is noticed', async () => {
    await goTo(ben.page, 3)
    const rows = ben.page.getByRole('row')
    for (const name of ['notes.txt', 'ünï <b>.txt', 'nothing', 'film.bin']) await rows.filter({ hasText: name }).getByText('Verified', { exact: true }).waitFor()
    expect(await ben.page.getByText('Opened').count()).toBe(0)
    expect(compareTrees(sent, join(ben.folder, 'Trip'))).toEqual([])
    await unlink(join(ben.folder, 'Trip', 'notes.txt'))
    await rows.filter({ hasText: 'notes.txt' }).getByText('Deleted').waitFor()
    await writeFile(join(ben.folder, 'scan.pdf'), 'another program')
    await rows.filter({ hasText: 'scan.pdf' }).getByText('Put here by another program').waitFor()
    await shoot(ben.page, 'received')
  })

  test('a text arrives as a message and is shown, not opened', async () => {
    const text = 'Ring twice.\nhttps://example.org/'
    await writeText(anna.page, text)
    const target = anna.page.getByRole('grid', { name: 'To' }).getByRole('row').filter({ hasText: 'Ben' })
    if ((await target.getAttribute('aria-selected')) !== 'true') await target.click()
    await anna.page.locator('button[data-send-now]').click()
    await ben.page.getByRole('button', { name: 'Accept', exact: true }).click()
    await readMessage(ben.page, text)
  })

  test.each(['light', 'dark'] as const)('axe finds nothing on any page, %s', { timeout: 120_000 }, async (colorScheme) => {
    for (const { page } of [anna, ben]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      expect(await findingsOfEveryPage(page)).toEqual([])
    }
    await goTo(ben.page, 3)
  })

  test('a second window of the same browser sees the same; another browser needs the new address', async () => {
    const second = await openPage(ben.context, new URL('/', ben.url).href)
    await goTo(second.page, 3)
    await second.page.getByText('film.bin').waitFor()
    const stranger = await lab.browser.newContext()
    const used = await openStranger(stranger, ben.url)
    await used.getByText('This page has no access').waitFor()
    const next = await ben.process.waitFor((event) => event.event === 'page' && event['url'] !== ben.url)
    await used.goto('about:blank')
    await used.goto(String(next['url']))
    await used.getByRole('heading', { level: 1 }).waitFor()
    await used.getByText('This page has no access').waitFor({ state: 'hidden' })
    expect(second.complaints).toEqual([])
    await stranger.close()
    await second.page.close()
  })

  test('the receive folder vanishes: it is said, and over when it is back', async () => {
    await rename(ben.folder, `${ben.folder}-away`)
    const said = ben.page.getByRole('region', { name: /is not there any more/ })
    await said.waitFor()
    await shoot(ben.page, 'folder-gone')
    await rename(`${ben.folder}-away`, ben.folder)
    await said.waitFor({ state: 'hidden' })
    await ben.page.getByRole('row').filter({ hasText: 'film.bin' }).getByText('Verified', { exact: true }).waitFor()
  })

  test('a second serve on the same home serves the page of the engine that runs', async () => {
    const client = lab.lab.run(ben.home, ['serve', '--page', '127.0.0.1:0'])
    const { url } = await client.waitFor('page')
    expect(client.eventsOf('listening')).toEqual([])
    const context = await lab.browser.newContext()
    const { page } = await openPage(context, String(url))
    await page.keyboard.press('Alt+3')
    await page.getByText('film.bin').waitFor()
    await context.close()
    expect(await client.interrupt()).toEqual({ code: 0, signal: null })
  })

  test('nothing was complained about', () => {
    expect([...anna.complaints, ...ben.complaints]).toEqual([])
  })
})

async function openStranger(context: Awaited<ReturnType<ServeLab['browser']['newContext']>>, url: string): Promise<Page> {
  const page = await context.newPage()
  await page.goto(url)
  return page
}

/** Percent of the first transfer under way, as the page tells it. */
async function progressOf(page: Page): Promise<number> {
  const bar = page.getByRole('grid', { name: 'Under way' }).getByRole('progressbar').first()
  const value = await bar.getAttribute('aria-valuenow', { timeout: 5_000 }).catch(() => null)
  return Number(value ?? 0)
}

test('the page is not for the network unless that is said', async () => {
  const refused = lab.lab.run(lab.lab.path('other'), ['serve', '--page', '0.0.0.0:0'])
  expect(await refused.end()).toMatchObject({ code: 2 })
  expect(refused.log).toContain('--page-for-network')
})
