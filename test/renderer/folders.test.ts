import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { HoldfastError } from '../../shared/errors.ts'
import { accessibilityFindings } from '../support/accessibility.ts'
import { HOSTILE_NAMES } from '../support/demo-data.ts'
import { demoFolderDevice, demoFolderOffer } from '../support/demo-folder-data.ts'
import { startDemoBrowser, type DemoBrowser, type DemoPage } from '../support/demo-browser.ts'
import type { DemoEngine } from '../support/demo-engine.ts'
import { busyScene, emptyScene } from '../support/demo-scenes.ts'
import { untilFocused } from '../support/page-driving.ts'

let browser: DemoBrowser
beforeAll(async () => {
  browser = await startDemoBrowser()
}, 120_000)
afterAll(() => browser.close())

async function open(engine: DemoEngine, options: Parameters<DemoBrowser['open']>[1] = {}): Promise<DemoPage> {
  const demo = await browser.open(engine, options)
  onTestFinished(() => demo.close())
  await demo.page.keyboard.press('Alt+4')
  await demo.page.getByRole('heading', { level: 1, name: 'Folders' }).waitFor()
  return demo
}

async function openFolder(page: Page, name: string, tab?: string): Promise<void> {
  await page.getByRole('row', { name }).first().click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  if (tab) await page.getByRole('tab', { name: tab }).click()
}

const lastCall = (engine: DemoEngine, command: string): unknown => engine.calls.findLast((call) => call.command === command)?.args
const idOf = (engine: DemoEngine, name: string): string => [...engine.folders.byId.values()].find((folder) => folder.name === name)?.id ?? ''

describe('the page Folders', () => {
  test('says of each folder what it does, in words', async () => {
    const { page, complaints } = await open(busyScene())
    for (const words of [
      'Up to date with Studio Mac and Attic NAS; Tomás is not connected',
      '3 files to get from Studio Mac, 12 MB',
      'Up to date with Attic NAS; Tomás has not accepted yet',
      'Waits for your decision: would delete 812 files and replace 104 files, of 1,020 files here',
      'The folder is not there',
      'Looking at the files: 12,034 of about 40,120',
      'Paused',
    ]) await page.getByText(words, { exact: true }).waitFor()
    await expect.poll(async () => Number(await page.getByRole('progressbar', { name: 'Garden plans' }).getAttribute('aria-valuenow'))).toBeCloseTo(77.4, 1)
    await expect.poll(() => page.getByRole('navigation').getByText('3 things need you in Folders').count()).toBe(1)
    expect(complaints).toEqual([])
  })

  test('explains itself on the first day, and leads to a device when there is none', async () => {
    const { page } = await open(emptyScene())
    await page.getByRole('heading', { name: 'Keep a folder the same on several devices' }).waitFor()
    await page.getByRole('button', { name: 'Share a folder…' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Go to Devices' }).click()
    await page.getByRole('heading', { level: 1, name: 'Devices' }).waitFor()
  })

  test('a folder is shared by keyboard: where, with whom, which way', async () => {
    const engine = busyScene()
    const { page, complaints } = await open(engine)
    await page.getByRole('button', { name: 'Share a folder…' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await expect.poll(() => page.getByRole('button', { name: 'Share', exact: true }).isDisabled()).toBe(true)
    await untilFocused(page.getByRole('textbox', { name: 'Folder' }))
    await page.keyboard.type('/home/ines/Recipes')
    await expect.poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Recipes')
    await page.getByRole('checkbox', { name: /Attic NAS/ }).focus()
    await page.keyboard.press('Space')
    await page.getByRole('radio', { name: /Both ways/ }).focus()
    await page.keyboard.press('ArrowDown')
    await page.getByRole('textbox', { name: 'Name' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
    const nas = [...engine.devices.values()].find((device) => device.name === 'Attic NAS')
    await expect.poll(() => lastCall(engine, 'sync:add')).toEqual({ choiceId: 'folder:/home/ines/Recipes', devices: [nas?.id], mode: 'send-only', name: 'Recipes' })
    await page.getByRole('row', { name: /Recipes/ }).getByText('Attic NAS has not accepted yet').waitFor()
    expect(complaints).toEqual([])
  })

  test('a path that is no folder is said, and the dialog stays as it was', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.getByRole('button', { name: 'Share a folder…' }).click()
    await untilFocused(page.getByRole('textbox', { name: 'Folder' }))
    await page.keyboard.type('/no/such')
    await page.getByRole('checkbox', { name: /Attic NAS/ }).focus()
    await page.keyboard.press('Space')
    engine.failNext.set('folder:choose', new HoldfastError('FOLDER_MISSING', 'There is no folder "/no/such".'))
    await page.getByRole('button', { name: 'Share', exact: true }).click()
    await page.getByText('There is no folder "/no/such".').first().waitFor()
    await expect.poll(() => page.getByRole('textbox', { name: 'Folder' }).inputValue()).toBe('/no/such')
    expect(lastCall(engine, 'sync:add')).toBeUndefined()
  })

  test('an offer is accepted into a folder of its own, unless the chosen one is meant; another is refused', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    const [device] = engine.devices.values()
    if (!device) throw new Error('no device')
    const offer = demoFolderOffer(30, device, '../Wed\u202Eding')
    engine.folders.offer(offer)
    engine.folders.offer(demoFolderOffer(31, device, 'Junk', { mode: 'send-only' }))
    const section = page.getByRole('region', { name: 'Offered to you' })
    await section.getByRole('button', { name: 'Refuse: Junk' }).click()
    await expect.poll(() => lastCall(engine, 'sync:refuse')).toEqual({ folderId: demoFolderOffer(31, device, '').folderId })
    await section.getByRole('button', { name: 'Accept… ../Wed[U+202E]ding' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox').fill('/srv/')
    await dialog.getByText('/srv/Wed ding').waitFor()
    await dialog.getByText('Make a folder for it in there').click()
    await dialog.getByText('Everything that is in this folder already stays, and is shared as well.').waitFor()
    await dialog.getByText('Make a folder for it in there').click()
    await dialog.getByRole('button', { name: 'Accept' }).click()
    await dialog.waitFor({ state: 'hidden' })
    await expect.poll(() => lastCall(engine, 'sync:accept')).toEqual({ folderId: offer.folderId, choiceId: 'folder:/srv/', inside: 'Wed ding', mode: 'two-way' })
    await section.waitFor({ state: 'hidden' })
    await expect.poll(() => engine.folders.offers.size).toBe(0)
  })

  test('pause, look again and open by keyboard', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    const row = page.getByRole('row', { name: 'Documents' })
    await row.focus()
    await page.keyboard.press('Space')
    await expect.poll(() => engine.folders.get(idOf(engine, 'Documents')).state.kind).toBe('paused')
    await row.getByText('Paused').waitFor()
    await page.keyboard.press('Space')
    await expect.poll(() => engine.folders.get(idOf(engine, 'Documents')).state.kind).toBe('up-to-date')
    await page.getByRole('button', { name: 'Look again: Documents' }).click()
    await expect.poll(() => lastCall(engine, 'sync:scan')).toEqual({ folderId: idOf(engine, 'Documents') })
    await row.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Documents' }).waitFor()
    await expect.poll(() => page.evaluate('document.activeElement?.tagName')).toBe('H1')
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { level: 1, name: 'Folders' }).waitFor()
  })

  test('what Holdfast refuses is said', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    engine.failNext.set('sync:set', new HoldfastError('SYNC_FOLDER_UNKNOWN', 'There is no such shared folder.'))
    await page.getByRole('button', { name: 'Pause: Documents' }).click()
    await page.getByText('There is no such shared folder.').first().waitFor()
  })
})

describe('a folder that asks first', () => {
  test('shows every change before anything is done, a thousand of them in a few rows', async () => {
    const engine = busyScene()
    const { page, complaints } = await open(engine)
    await openFolder(page, 'Photos')
    const asking = page.getByRole('region', { name: /would change a lot here/ })
    await asking.getByText('812 files would be deleted').waitFor()
    const grid = page.getByRole('grid', { name: 'To do' })
    await grid.getByText('IMG_10004.jpg').waitFor()
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('1032')
    expect(await grid.getByRole('row').count()).toBeLessThan(60)
    await grid.getByRole('row').nth(1).focus()
    await page.keyboard.press('End')
    await grid.getByText('IMG_11030.jpg').waitFor()
    expect(lastCall(engine, 'sync:answer')).toBeUndefined()
    await asking.getByRole('button', { name: 'Do it' }).click()
    await asking.waitFor({ state: 'hidden' })
    await expect.poll(() => lastCall(engine, 'sync:answer')).toEqual({ folderId: idOf(engine, 'Photos'), token: 'plan-1', answer: 'apply' })
    expect(complaints).toEqual([])
  })

  test('keeping what is here is asked once more, because it counts everywhere', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await page.getByRole('button', { name: 'Decide… Photos' }).click()
    await page.getByRole('button', { name: 'Keep what is here' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText(/the other devices get the files as they are here/).waitFor()
    await dialog.getByRole('button', { name: 'Keep what is here' }).click()
    await expect.poll(() => lastCall(engine, 'sync:answer')).toMatchObject({ answer: 'keep-mine' })
  })

  test('an answer to a plan that has changed is refused, and said', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await openFolder(page, 'Photos')
    engine.failNext.set('sync:answer', new HoldfastError('SYNC_ASKING', 'What would be done has changed meanwhile. Look at it again.'))
    await page.getByRole('button', { name: 'Do it' }).click()
    await page.getByText('What would be done has changed meanwhile. Look at it again.').first().waitFor()
    await page.getByRole('region', { name: /would change a lot here/ }).waitFor()
  })
})

describe('conflicts', () => {
  test('texts stand side by side, what both have is folded, and nothing in them acts', async () => {
    const engine = busyScene()
    const { page, complaints } = await open(engine)
    await openFolder(page, 'Documents', 'Conflicts')
    const grid = page.getByRole('grid', { name: 'Conflicts' })
    await grid.getByRole('row', { name: /Plan\.md/ }).focus()
    await page.keyboard.press('Enter')
    const table = page.getByRole('table', { name: 'Difference' })
    await table.getByText('19 lines the same').waitFor()
    await table.getByRole('row', { name: /west wall first, then south.*south wall first/ }).waitFor()
    await table.getByText('<script>alert(1)</script>').waitFor()
    await expect.poll(() => table.innerText()).toContain('[U+202E]')
    expect(await table.innerText()).not.toContain('\u202E')
    await expect.poll(() => page.evaluate('document.activeElement?.tagName')).toBe('H2')
    await page.keyboard.press('Escape')
    await grid.getByRole('row', { name: /Plan\.md/ }).waitFor()
    expect(complaints).toEqual([])
  })

  test('a picture is shown from the bytes that came; what calls itself something else is not', async () => {
    const { page, complaints } = await open(busyScene())
    await openFolder(page, 'Documents', 'Conflicts')
    await page.getByRole('button', { name: 'Look at both: Cover.png' }).click()
    await page.getByText('1 × 1').waitFor()
    await page.getByText('This picture cannot be shown.').waitFor()
    await expect.poll(() => page.locator('img').evaluateAll((images) => images.map((image) => image.getAttribute('src')?.slice(0, 22)))).toEqual(['data:image/png;base64,'])
    expect(complaints).toEqual([])
  })

  test('one click each decides a row of them: the copy, both, the one under its name', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await openFolder(page, 'Documents', 'Conflicts')
    const [first, second, third] = engine.folders.conflicts.map(({ conflict }) => conflict)
    const folderId = idOf(engine, 'Documents')
    await page.getByRole('button', { name: 'Look at both: Plan.md' }).click()
    await page.getByRole('button', { name: 'Keep this: the conflict copy' }).click()
    await page.getByRole('heading', { level: 2, name: 'Cover.png' }).waitFor()
    await expect.poll(() => lastCall(engine, 'sync:resolve')).toEqual({ folderId, copyPath: first?.copyPath, keep: 'copy' })
    await page.getByRole('button', { name: 'Keep both' }).click()
    await page.getByRole('heading', { level: 2, name: '2026.xlsx' }).waitFor()
    await expect.poll(() => lastCall(engine, 'sync:resolve')).toEqual({ folderId, copyPath: second?.copyPath, keep: 'both' })
    await page.getByText('There is no preview for this kind of file.').waitFor()
    await page.getByRole('button', { name: 'Keep this: the current file' }).click()
    await expect.poll(() => lastCall(engine, 'sync:resolve')).toEqual({ folderId, copyPath: third?.copyPath, keep: 'original' })
    await page.getByRole('tab', { name: 'Conflicts 2' }).waitFor()
  })

  test('one that is decided elsewhere leads back to the list', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await openFolder(page, 'Documents', 'Conflicts')
    await page.getByRole('button', { name: 'Look at both: Plan.md' }).click()
    await page.getByRole('table', { name: 'Difference' }).waitFor()
    const copyPath = engine.folders.conflicts[0]?.conflict.copyPath ?? ''
    await engine.call('sync:resolve', { folderId: idOf(engine, 'Documents'), copyPath, keep: 'both' })
    await page.getByRole('grid', { name: 'Conflicts' }).getByText('Cover.png').waitFor()
  })
})

describe('trash, problems, members and settings', () => {
  test('the trash is searched with Ctrl+F, restored from, and emptied after a question', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await openFolder(page, 'Documents', 'Trash')
    const grid = page.getByRole('grid', { name: 'Trash' })
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('3121')
    await page.keyboard.press('Control+f')
    await untilFocused(page.getByRole('searchbox'))
    await page.keyboard.type('img_10005')
    await expect.poll(() => grid.getAttribute('aria-rowcount')).toBe('2')
    await page.getByRole('button', { name: 'Restore IMG_10005.jpg' }).click()
    await page.getByText('Restored as IMG_10005.jpg.').first().waitFor()
    await page.getByText('Nothing in the trash matches “img_10005”.').waitFor()
    await page.getByRole('button', { name: 'Empty the trash…' }).click()
    const dialog = page.getByRole('alertdialog')
    await dialog.getByText(/^3,119 files, 1 MB, are deleted for good/).waitFor()
    await dialog.getByRole('button', { name: 'Delete for good' }).click()
    await page.getByRole('tab', { name: /^Trash$/ }).waitFor()
    await expect.poll(() => engine.folders.trash).toEqual([])
  })

  test('a problem says what is the matter and what to do', async () => {
    const { page } = await open(busyScene())
    await openFolder(page, 'Documents', 'Problems')
    const row = page.getByRole('row', { name: /keys\.pem/ })
    await row.getByText('It may not be read by this user (permission denied).').waitFor()
    await row.getByText('Give your user the right to read it, or leave it out in Settings.').waitFor()
  })

  test('a problem of the whole folder says so, and what would help', async () => {
    const engine = busyScene()
    engine.folders.problems.unshift({ path: '', error: { code: 'SYNC_UNWATCHED', message: 'The system refuses to tell of changes.' }, sinceMs: 1 })
    const { page } = await open(engine)
    await openFolder(page, 'Documents', 'Problems')
    const row = page.getByRole('row', { name: /The whole folder/ })
    await row.getByText('The system refuses to tell of changes.').waitFor()
    await row.getByText(/^Nothing is lost: changes are found once a minute/).waitFor()
    await expect.poll(() => row.locator('.name').allTextContents()).toEqual(['The whole folder'])
  })

  test('what happened comes in while one looks', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await openFolder(page, 'Documents', 'Activity')
    const grid = page.getByRole('grid', { name: 'Activity' })
    await grid.getByText('Renamed').first().waitFor()
    engine.folders.activity = [{ atMs: Date.now(), kind: 'got', path: 'Letters/brand new.txt', size: 12, deviceName: 'Studio Mac' }, ...engine.folders.activity]
    engine.folders.set(idOf(engine, 'Documents'), { content: { files: 1285, bytes: 8_412_000_012 } })
    await grid.getByText('brand new.txt').waitFor()
  })

  test('devices are added, offered to again, and left out after a question', async () => {
    const engine = busyScene()
    const [studio] = engine.devices.values()
    if (!studio) throw new Error('no device')
    const id = idOf(engine, 'Garden plans')
    engine.folders.set(id, { devices: [demoFolderDevice(studio, { state: 'refused' })] })
    const { page } = await open(engine)
    await openFolder(page, 'Garden plans')
    await page.getByText('Does not take part').waitFor()
    await page.getByRole('button', { name: 'Offer again to Studio Mac' }).click()
    await page.getByText('Has not accepted yet').waitFor()
    await page.getByRole('button', { name: 'Share with another device…' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('checkbox', { name: /Attic NAS/ }).waitFor({ state: 'attached' })
    expect(await dialog.getByRole('checkbox', { name: /Studio Mac/ }).count()).toBe(0)
    await dialog.getByText('Attic NAS').click()
    await dialog.getByRole('button', { name: 'Share', exact: true }).click()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Stop sharing with Attic NAS' }).click()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop sharing' }).click()
    await expect.poll(() => engine.folders.get(id).devices.map((device) => device.deviceName)).toEqual(['Studio Mac'])
  })

  test('what is left out is edited, kept while one looks elsewhere, saved and undone', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    await openFolder(page, 'Documents', 'Settings')
    const editor = page.getByRole('textbox', { name: 'Patterns of what is left out' })
    await expect.poll(() => editor.inputValue()).toBe('node_modules/\n*.tmp\n')
    await editor.fill('*.bak\n')
    await page.getByRole('tab', { name: 'Overview' }).click()
    await page.getByRole('tab', { name: 'Settings' }).click()
    await expect.poll(() => editor.inputValue()).toBe('*.bak\n')
    await page.getByRole('button', { name: 'Undo changes' }).click()
    await expect.poll(() => editor.inputValue()).toBe('node_modules/\n*.tmp\n')
    await editor.fill('*.bak\n')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => engine.folders.ignore).toBe('*.bak\n')
    await expect.poll(() => page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true)
  })

  test('name and direction are saved as they are changed; the end is asked, and keeps the files', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    const id = idOf(engine, 'Music')
    await openFolder(page, 'Music', 'Settings')
    await page.getByRole('textbox', { name: 'Name' }).fill('Songs')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Songs' }).waitFor()
    await page.getByText('Receive only', { exact: true }).click()
    await expect.poll(() => engine.folders.get(id)).toMatchObject({ name: 'Songs', mode: 'receive-only' })
    await page.getByRole('button', { name: 'Stop keeping it the same here…' }).click()
    await page.getByRole('alertdialog').getByText(/Every file stays where it is/).waitFor()
    await page.getByRole('alertdialog').getByRole('button', { name: 'Stop, files stay' }).click()
    await page.getByRole('heading', { level: 1, name: 'Folders' }).waitFor()
    await expect.poll(() => page.getByRole('row', { name: 'Songs' }).count()).toBe(0)
  })

  test('tabs are walked by arrow keys', async () => {
    const { page } = await open(busyScene())
    await openFolder(page, 'Documents')
    await page.getByRole('tab', { name: 'Overview' }).focus()
    for (const tab of ['To do', 'Conflicts', 'Problems', 'Activity', 'Trash', 'Settings']) {
      await page.keyboard.press('ArrowRight')
      await page.getByRole('tab', { name: tab, selected: true }).waitFor()
    }
  })

  test('hostile names are text and nothing else', async () => {
    const engine = busyScene()
    const { page } = await open(engine)
    const id = idOf(engine, 'Documents')
    engine.folders.set(id, { name: HOSTILE_NAMES[0], path: `/home/${HOSTILE_NAMES[3]}` })
    await page.getByText(HOSTILE_NAMES[0]).first().click()
    for (const tab of ['To do', 'Problems', 'Activity', 'Trash']) {
      await page.getByRole('tab', { name: tab }).click()
      await page.getByRole('grid', { name: tab }).getByRole('row').nth(1).waitFor()
    }
    expect(await page.evaluate('document.body.innerText')).not.toMatch(/[\u202e\u200b\ufeff\u2068\u2069]/)
    expect(await page.locator('img').count()).toBe(0)
    expect(await page.evaluate('window.hacked')).toBeUndefined()
  })
})

describe.each(['light', 'dark'] as const)('by ear and by eye, %s', (colorScheme) => {
  test('every tab of a folder, and one that asks', async () => {
    const { page } = await open(busyScene(), { colorScheme, reducedMotion: 'reduce' })
    const found: string[] = []
    await openFolder(page, 'Documents')
    for (const tab of ['Overview', 'To do', 'Conflicts', 'Problems', 'Activity', 'Trash', 'Settings']) {
      await page.getByRole('tab', { name: tab }).click()
      await page.locator('.tab-panel .skeleton').waitFor({ state: 'detached' })
      found.push(...(await accessibilityFindings(page)))
    }
    await page.keyboard.press('Alt+4')
    await openFolder(page, 'Photos')
    await page.getByRole('grid', { name: 'To do' }).getByText('IMG_10004.jpg').waitFor()
    found.push(...(await accessibilityFindings(page)))
    expect(found).toEqual([])
  })

  test('conflicts, offers and dialogs', async () => {
    const engine = busyScene()
    const { page } = await open(engine, { colorScheme, reducedMotion: 'reduce' })
    const found: string[] = []
    const look = async (): Promise<void> => void found.push(...(await accessibilityFindings(page)))
    const [device] = engine.devices.values()
    if (device) engine.folders.offer(demoFolderOffer(30, device, 'Wedding'))
    await page.getByRole('button', { name: 'Accept… Wedding' }).waitFor()
    await look()
    await page.getByRole('button', { name: 'Accept… Wedding' }).click()
    await page.getByRole('dialog').waitFor()
    await look()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Share a folder…' }).click()
    await page.getByRole('dialog').waitFor()
    await look()
    await page.keyboard.press('Escape')
    await openFolder(page, 'Documents', 'Conflicts')
    for (const name of ['Plan.md', 'Cover.png', 'To the bank.txt']) {
      await page.getByRole('button', { name: `Look at both: ${name}` }).click()
      await page.locator('.difference, .looks').waitFor()
      await look()
      await page.getByRole('button', { name: 'All conflicts' }).click()
    }
    expect(found).toEqual([])
  })
})
