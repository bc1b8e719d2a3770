import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, onTestFailed, test } from 'vitest'
import { DesktopApp } from '../../support/desktop-app.ts'
import { openDisplay, type Display } from '../../support/require-display.ts'
import { stageApp, type StagedApp } from '../../support/stage-app.ts'
import { sendFolderScenario } from '../send-folder-scenario.ts'
import { shot, shotPath } from '../shots.ts'

const staged = await stageApp()
const why = 'missing' in staged ? ` (${staged.missing})` : ''
const SECONDS = 1000

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

  test('a folder is dropped, asked about, cut off, and arrives whole', { timeout: 150 * SECONDS }, async () => {
    onTestFailed(async () => {
      await Promise.allSettled([shot(here, 'failed-here'), shot(there, 'failed-there')])
      console.error(here.log, there.log)
    })
    const dropShot = shotPath('drop-overlay')
    await sendFolderScenario({ here, there, root, shot, ...(dropShot ? { dropShot } : {}) })
  })
})
