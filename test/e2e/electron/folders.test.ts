import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, onTestFailed, test } from 'vitest'
import { DesktopApp } from '../../support/desktop-app.ts'
import { openDisplay, type Display } from '../../support/require-display.ts'
import { stageApp, type StagedApp } from '../../support/stage-app.ts'
import { shareFolderScenario, type FolderUser } from '../share-folder-scenario.ts'
import { shot } from '../shots.ts'

const staged = await stageApp()
const why = 'missing' in staged ? ` (${staged.missing})` : ''
const SECONDS = 1000

/** The system's own chooser cannot be driven: it answers at once, with what the test would choose in it. */
function user(app: DesktopApp, name: string): FolderUser {
  const { electron, page, complaints } = app
  return {
    name,
    page,
    complaints,
    async choose(path) {
      await electron.evaluate(({ dialog }, chosen) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
      }, path)
      await page.getByRole('dialog').getByRole('button', { name: 'Choose…' }).click()
    },
  }
}

describe.skipIf('missing' in staged)(`shared folders of two apps${why}`, () => {
  const runtime = staged as StagedApp
  let root: string
  let display: Display
  let here: DesktopApp
  let there: DesktopApp

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-folders-'))
    display = await openDisplay()
    const launch = (name: string, args: readonly string[] = []): Promise<DesktopApp> =>
      DesktopApp.launch(runtime, { userHome: join(root, `user-${name}`), environment: display.environment, args })
    // On an address of its own, so that only the proxy leads from one to the other.
    ;[here, there] = await Promise.all([launch('here', ['--listen=127.0.0.2:0']), launch('there')])
  }, 150 * SECONDS)

  afterAll(async () => {
    await Promise.allSettled([here?.close(), there?.close()])
    await display?.close()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
    await runtime.remove()
  }, 150 * SECONDS)

  test('a folder is shared, edited on both sides while cut off, and put right in the window', { timeout: 240 * SECONDS }, async () => {
    onTestFailed(async () => {
      await Promise.allSettled([shot(here, 'failed-folder-here'), shot(there, 'failed-folder-there')])
      console.error(here.log, there.log)
    })
    await Promise.all([here.call('settings:set', { name: 'Lighthouse' }), there.call('settings:set', { name: 'Harbour' })])
    await shareFolderScenario({ here: user(here, 'Lighthouse'), there: user(there, 'Harbour'), therePort: await there.port(), root, shot })
  })
})
