import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { DesktopApp } from '../../support/desktop-app.ts'
import { clickNotification, clickTray, closeWindow, isWindowVisible, notifications, trayText, watchDesktop } from '../../support/desktop-watch.ts'
import { openDisplay, type Display } from '../../support/require-display.ts'
import { stageApp, type StagedApp } from '../../support/stage-app.ts'
import { chooseDevice, findingsOfEveryPage, readMessage, sendNow, writeText } from '../page-steps.ts'
import { sendFolderScenario } from '../send-folder-scenario.ts'
import { shot, shotPath } from '../shots.ts'

const staged = await stageApp()
const why = 'missing' in staged ? ` (${staged.missing})` : ''
const SECONDS = 1000
/** What nothing but a hang exceeds. */
const SOON = { timeout: 60 * SECONDS }

describe.skipIf('missing' in staged)(`two apps on one machine${why}`, () => {
  const runtime = staged as StagedApp
  let root: string
  let display: Display
  let here: DesktopApp
  let there: DesktopApp

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'))
    display = await openDisplay()
    const launch = (name: string): Promise<DesktopApp> =>
      DesktopApp.launch(runtime, { userHome: join(root, name), environment: display.environment })
    ;[here, there] = await Promise.all([launch('here'), launch('there')])
  }, 150 * SECONDS)

  afterAll(async () => {
    await Promise.allSettled([here?.close(), there?.close()])
    await display?.close()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
    await runtime.remove()
  }, 150 * SECONDS)

  /** A text arrives while the window is closed: notifications say so, a click leads there, and it is read. */
  const readWhileClosed = async (): Promise<void> => {
    await watchDesktop(there.electron)
    await closeWindow(there.electron)
    const text = 'Gate code 4711\nhttps://example.org/harbour'
    await writeText(here.page, text)
    await chooseDevice(here.page, 'Harbour')
    await sendNow(here.page)

    await expect.poll(() => notifications(there.electron), SOON).toEqual(['Lighthouse wants to send you something'])
    await expect.poll(() => trayText(there.electron), SOON).toBe('Holdfast: 1 question for you')
    const [request] = await there.call('request:list', {})
    await there.call('request:accept', { requestId: request?.id ?? '' })
    await expect.poll(() => notifications(there.electron), SOON).toContain('From Lighthouse: one file')

    expect(await isWindowVisible(there.electron)).toBe(false)
    await clickNotification(there.electron, 'From Lighthouse: one file')
    await expect.poll(() => isWindowVisible(there.electron), SOON).toBe(true)
    await there.page.getByRole('heading', { level: 1, name: 'Received' }).waitFor()
    await there.page.getByPlaceholder('Name, folder or device').fill('')
    await readMessage(there.page, text)
    await shot(there, 'message-read')

    await closeWindow(there.electron)
    await clickTray(there.electron)
    await expect.poll(() => isWindowVisible(there.electron), SOON).toBe(true)
    await expect.poll(() => trayText(there.electron), SOON).toBe('Holdfast is ready to receive')
  }

  test('a folder is dropped, asked about, cut off, and arrives whole; then a text is notified of and read', { timeout: 200 * SECONDS }, async () => {
    onTestFailed(async () => {
      await Promise.allSettled([shot(here, 'failed-here'), shot(there, 'failed-there')])
      console.error(here.log, there.log)
    })
    const dropShot = shotPath('drop-overlay')
    await sendFolderScenario({ here, there, root, shot, afterwards: readWhileClosed, ...(dropShot ? { dropShot } : {}) })
  })

  test.each(['light', 'dark'] as const)('axe finds nothing on any page, %s', { timeout: 150 * SECONDS }, async (theme) => {
    for (const app of [here, there]) {
      await app.page.emulateMedia({ reducedMotion: 'reduce', colorScheme: theme })
      await app.call('settings:set', { theme })
      await expect.poll(() => app.page.evaluate('document.documentElement.dataset.theme'), SOON).toBe(theme)
      expect(await findingsOfEveryPage(app.page)).toEqual([])
    }
    expect([...here.complaints, ...there.complaints]).toEqual([])
  })
})
