import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { accessibilityFindings } from '../support/accessibility.ts'
import { startDemoBrowser, type DemoBrowser, type DemoPage } from '../support/demo-browser.ts'
import { demoConflict, demoDevice, demoDeviceId, demoOffer, demoTransferId, HOSTILE_NAMES } from '../support/demo-data.ts'
import type { DemoEngine } from '../support/demo-engine.ts'
import { busyScene, emptyScene } from '../support/demo-scenes.ts'
import { dropFiles } from '../support/page-driving.ts'

let browser: DemoBrowser
beforeAll(async () => {
  browser = await startDemoBrowser()
}, 120_000)
afterAll(() => browser.close())

async function open(engine: DemoEngine, options: Parameters<DemoBrowser['open']>[1] = {}): Promise<DemoPage> {
  const demo = await browser.open(engine, options)
  onTestFinished(() => demo.close())
  return demo
}

const lastCall = (engine: DemoEngine, command: string): unknown => engine.calls.findLast((call) => call.command === command)?.args

describe('the page', () => {
  test('a send by keyboard alone, from the tray to the transfer', async () => {
    const engine = busyScene()
    const { page, complaints } = await open(engine)
    await page.keyboard.press('Alt+1')
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press('Tab')
      if ((await page.evaluate('document.activeElement?.closest("[role=grid]")?.getAttribute("aria-label")')) === 'To') break
    }
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('heading', { level: 1, name: 'Transfers' }).waitFor()
    await expect.poll(() => lastCall(engine, 'send:start')).toMatchObject({ targets: [{ kind: 'device' }, { kind: 'device' }] })
    expect(complaints).toEqual([])
  })

  test('files and folders dropped anywhere land on the tray, whole', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-drop-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await mkdir(join(folder, 'Trip', 'deep'), { recursive: true })
    await writeFile(join(folder, 'Trip', 'a.txt'), 'aaaa')
    await writeFile(join(folder, 'Trip', 'deep', 'b.txt'), 'bb')
    await writeFile(join(folder, 'single.bin'), Buffer.alloc(300_000))
    const engine = emptyScene()
    const demo = await open(engine)
    await demo.page.keyboard.press('Alt+5')
    await dropFiles(demo.page, [join(folder, 'Trip'), join(folder, 'single.bin')])
    await demo.page.getByText('2 files, 6 B').waitFor()
    await demo.page.getByText('300 kB', { exact: true }).waitFor()
    await expect.poll(() => engine.sources).toMatchObject([
      { name: 'Trip', kind: 'folder', files: 2, size: 6, uploadedBytes: 6 },
      { name: 'single.bin', kind: 'file', size: 300_000, uploadedBytes: 300_000 },
    ])
    await demo.page.getByText('Drop to send').waitFor({ state: 'hidden' })
    expect(demo.complaints).toEqual([])
  })

  test('the keyboard keeps its place when what it was on goes away', async () => {
    const engine = busyScene()
    const { page, complaints } = await open(engine)
    const focused = (): Promise<string> =>
      page.evaluate('(document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText).replaceAll(/\\s+/g, " ")')

    await page.getByRole('button', { name: 'Clear the tray' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('Files…')

    await page.keyboard.press('Alt+5')
    await page.getByRole('row', { name: /Attic NAS/ }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.evaluate('document.activeElement.role')).toBe('row')
    expect(await focused()).toContain('Attic NAS')

    await page.keyboard.press('Alt+2')
    await page.getByRole('row', { name: /^backup-2024/ }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Pause', exact: true }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('Resume')

    // A question that is answered leaves the keyboard on no other answer.
    const device = [...engine.devices.values()][0] ?? demoDevice(2, 'x')
    engine.putRequest(demoOffer(device))
    engine.putRequest(demoConflict(device))
    await page.getByRole('button', { name: 'Accept', exact: true }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('Waiting for your answer')
    await page.getByRole('button', { name: 'Keep both' }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.tagName')).toBe('H1')
    expect(complaints).toEqual([])
  })

  test('a hundred thousand files are a few rows, reached by keyboard to the last', async () => {
    const engine = busyScene()
    const { page, complaints } = await open(engine)
    await page.keyboard.press('Alt+2')
    await page.getByRole('row', { name: /^Photos/ }).click()
    const grid = page.getByRole('grid', { name: 'Files' })
    await grid.getByText('IMG_10006.jpg').waitFor()
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('100001')
    await grid.getByRole('row').nth(1).focus()
    await page.keyboard.press('End')
    await grid.getByText(/IMG_109998\./).waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.getAttribute("aria-rowindex")')).toBe('100001')
    expect(await grid.getByRole('row').count()).toBeLessThan(60)
    await page.keyboard.press('Home')
    await grid.getByText('IMG_10006.jpg').waitFor()
    await page.getByText('Failed', { exact: true }).first().click()
    await grid.getByText('IMG_10007.jpg').waitFor()
    expect(complaints).toEqual([])
  })

  test('hostile names are text and nothing else', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.keyboard.press('Alt+2')
    await page.getByRole('row', { name: /^Photos/ }).click()
    await page.getByRole('grid', { name: 'Files' }).getByText('IMG_10006.jpg').waitFor()
    const seen = await page.locator('.file-rows').innerText()
    expect(seen).toContain('<img src=x onerror=')
    expect(seen).toContain('U+202E')
    expect(seen).not.toMatch(/[\u202e\u200b\ufeff]/)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
    const long = page.locator('.file-rows .name').filter({ hasText: 'a very long name' }).first()
    await expect.poll(async () => (await long.textContent())?.length).toBe(HOSTILE_NAMES[2].length)
  })

  test('Holdfast going away is said with a countdown, and the truth is shown when it is back', async () => {
    const engine = busyScene()
    const { page, server } = await open(engine)
    await page.keyboard.press('Alt+2')
    await page.getByRole('row', { name: /^backup-2024/ }).waitFor()
    // The page's own time stands still: nothing is tried again before the button is pressed.
    await page.clock.install()
    await page.clock.pauseAt(Date.now() + 60_000)
    server.setUp(false)
    await page.getByText('Holdfast is not answering. Trying again in 1 s.').waitFor()
    engine.setState(demoTransferId(2), { kind: 'finished', complete: true })
    server.setUp(true)
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.getByText(/Holdfast is not answering/).waitFor({ state: 'hidden' })
    await page.getByRole('grid', { name: 'Under way' }).getByText('backup-2024').waitFor({ state: 'hidden' })
  })

  test('a reload in the middle shows the same transfers again', async () => {
    const { page } = await open(busyScene())
    await page.reload()
    await page.locator('h1').waitFor()
    await page.keyboard.press('Alt+2')
    await page.getByRole('row', { name: /^Photos/ }).waitFor()
    await expect.poll(() => page.url()).not.toContain('token')
  })

  test('a page without a valid session says what to do instead of trying for ever', async () => {
    const { page, server } = await open(busyScene())
    server.refuse()
    await page.getByRole('heading', { level: 1, name: 'This page has no access' }).waitFor()
  })

  test('a connection that is lost counts down in words', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.keyboard.press('Alt+2')
    engine.setTransfer(demoTransferId(3), { state: { kind: 'connecting', error: { code: 'NET_LOST', message: '' }, attempt: 4, retryAtMs: Date.now() + 600_000 } })
    await page.getByText(/Connection lost, trying again in (10|9) min/).waitFor()
  })

  test('an offer is accepted for always, a conflict is decided for all', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    const device = engine.devices.get(demoDeviceId(2)) ?? demoDevice(2, 'x')
    engine.putRequest(demoOffer(device))
    await page.getByRole('button', { name: 'Always accept from this device' }).click()
    await expect.poll(() => lastCall(engine, 'request:accept')).toEqual({ requestId: demoOffer(device).id, always: true })
    engine.putRequest(demoConflict(device))
    await page.getByText('The same for all other conflicts').click()
    await page.getByRole('button', { name: 'Replace' }).click()
    await expect.poll(() => lastCall(engine, 'request:accept')).toEqual({ requestId: 'conflict-1', answer: 'replace', forAll: true })
  })

  test('a stranger’s offer cannot be accepted for always', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    engine.putRequest(demoOffer(demoDevice(8, 'x', { trust: 'seen' })))
    await page.getByText('Not paired: you cannot be sure who this is.').waitFor()
    expect(await page.getByRole('button', { name: /Always/ }).count()).toBe(0)
  })

  test('pairing shows the digits and waits for the other side', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.getByRole('button', { name: 'Pair to send' }).first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('img', { name: 'The digits are 0 4 2 1 3 7' }).waitFor()
    await page.keyboard.press('Alt+2')
    await expect.poll(() => dialog.isVisible()).toBe(true)
    await dialog.getByRole('button', { name: 'They are the same' }).click()
    await dialog.getByText(/Waiting for the other device/).waitFor()
    const [pairing] = engine.pairings.values()
    if (pairing) engine.putPairing({ ...pairing, state: { kind: 'paired' } })
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.waitFor({ state: 'hidden' })
  })

  test('the queue is reordered, paused and cancelled by keyboard', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.keyboard.press('Alt+2')
    const row = page.getByRole('row', { name: /^Sound library/ })
    await row.focus()
    await page.keyboard.press('Alt+ArrowDown')
    await expect.poll(() => lastCall(engine, 'transfer:move')).toEqual({ transferId: demoTransferId(4) })
    // A row that is moved while it has the focus loses it.
    const names = page.getByRole('grid', { name: 'Waiting' }).locator('.transfer-name')
    await expect.poll(() => names.last().textContent()).toBe('Sound library')
    await row.focus()
    await page.keyboard.press('Space')
    await expect.poll(() => lastCall(engine, 'transfer:pause')).toEqual({ transferId: demoTransferId(4) })
    await row.getByRole('button', { name: 'Resume' }).waitFor()
    await row.focus()
    await page.keyboard.press('Delete')
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel transfer' }).click()
    await expect.poll(() => lastCall(engine, 'transfer:cancel')).toEqual({ transferId: demoTransferId(4) })
  })

  test('a received file that is deleted is struck out at once', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.keyboard.press('Alt+3')
    await page.getByText('Contract signed.pdf').first().waitFor()
    engine.setReceived(0, { state: 'deleted' })
    await page.locator('[data-index="0"]').getByText('Deleted').waitFor()
    expect(await page.locator('[data-index="0"]').getByRole('button', { name: /^Open/ }).count()).toBe(0)
  })

  test('a message is shown as text; nothing in it can be clicked', async () => {
    const { page } = await open(busyScene())
    await page.keyboard.press('Alt+3')
    await page.getByRole('button', { name: /^Read/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('[U+202E]reversed<script>alert(1)</script>').waitFor()
    expect(await dialog.locator('a').count()).toBe(0)
  })

  test('settings are saved as they are changed', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.keyboard.press('Alt+6')
    await page.getByText('Dark', { exact: true }).click()
    await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
    await page.getByRole('textbox', { name: 'Sending speed limit, MB/s' }).fill('12.5')
    await page.keyboard.press('Tab')
    await expect.poll(() => engine.settings.maxSendBytesPerSecond).toBe(12_500_000)
    await page.getByRole('button', { name: 'Change…', exact: true }).click()
    await page.getByRole('textbox', { name: 'Path of the folder' }).fill('/srv/in')
    await page.keyboard.press('Enter')
    await expect.poll(() => engine.settings.receiveFolder).toBe('/srv/in')
  })
})

describe.each(['light', 'dark'] as const)('by ear and by eye, %s', (colorScheme) => {
  test.each([1, 2, 3, 4, 5, 6])('page %d', async (index) => {
    for (const scene of [busyScene, emptyScene]) {
      const { page } = await open(scene(), { colorScheme, reducedMotion: 'reduce' })
      await page.keyboard.press(`Alt+${index}`)
      await page.locator('.skeleton').waitFor({ state: 'detached' })
      expect(await accessibilityFindings(page)).toEqual([])
    }
  })

  test('details, dialogs, requests and alarms', async () => {
    const engine = busyScene()
    const { page } = await open(engine, { colorScheme, reducedMotion: 'reduce' })
    const found: string[] = []
    const look = async (): Promise<void> => void found.push(...(await accessibilityFindings(page)))
    await page.keyboard.press('Alt+2')
    await page.getByRole('row', { name: /^Photos/ }).click()
    await page.getByRole('grid', { name: 'Files' }).getByText('IMG_10006.jpg').waitFor()
    await look()
    await page.keyboard.press('Alt+5')
    await page.getByRole('row', { name: /Kitchen tablet/ }).click()
    await look()
    engine.putRequest(demoConflict(demoDevice(2, 'x')))
    await page.getByText('Keep both').first().waitFor()
    await look()
    engine.putPairing({ id: 'p', role: 'responder', deviceId: demoDeviceId(8), deviceName: 'x', state: { kind: 'compare', code: '123456' } })
    await page.getByRole('dialog').waitFor()
    await look()
    expect(found).toEqual([])
  })
})
