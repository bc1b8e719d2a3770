import { access, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { packageApp, type PackagedApp } from '../../support/package-app.ts'
import { PackagedProcess } from '../../support/packaged-process.ts'
import { openDisplay, type Display } from '../../support/require-display.ts'
import { sendFolderScenario } from '../send-folder-scenario.ts'
import { shot } from '../shots.ts'

const packaged = await packageApp()
const why = 'missing' in packaged ? ` (${packaged.missing})` : ''
const SECONDS = 1000
const [OFF, ON] = ['0'.charCodeAt(0), '1'.charCodeAt(0)]

describe.skipIf('missing' in packaged)(`the packaged app${why}`, () => {
  const app = packaged as PackagedApp
  let root: string
  let display: Display
  let here: PackagedProcess
  let there: PackagedProcess

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'))
    display = await openDisplay()
    const start = (name: string): Promise<PackagedProcess> => PackagedProcess.start(app.executable, join(root, name), display.environment)
    ;[here, there] = await Promise.all([start('here'), start('there')])
  }, 150 * SECONDS)

  afterAll(async () => {
    await Promise.allSettled([here?.close(), there?.close()])
    await display?.close()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
    await app.remove()
  }, 150 * SECONDS)

  test('has its fuses set, its code in the archive and its native modules beside it', async () => {
    const fuses = await getCurrentFuseWire(app.executable)
    expect(fuses[FuseV1Options.RunAsNode]).toBe(OFF)
    expect(fuses[FuseV1Options.EnableNodeOptionsEnvironmentVariable]).toBe(OFF)
    expect(fuses[FuseV1Options.EnableNodeCliInspectArguments]).toBe(OFF)
    expect(fuses[FuseV1Options.EnableEmbeddedAsarIntegrityValidation]).toBe(ON)
    expect(fuses[FuseV1Options.OnlyLoadAppFromAsar]).toBe(ON)
    expect(fuses[FuseV1Options.GrantFileProtocolExtraPrivileges]).toBe(OFF)
    await access(join(app.resources, 'app.asar'))
    const beside = await readdir(join(app.resources, 'app.asar.unpacked'), { recursive: true })
    expect(beside.filter((name) => name.endsWith('.node')).length).toBeGreaterThanOrEqual(3)
    expect(await readdir(join(app.resources, 'tray'))).toContain('tray.png')
  })

  test('sends a folder to another', { timeout: 150 * SECONDS }, async () => {
    onTestFailed(async () => {
      await Promise.allSettled([shot(here, 'packaged-failed-here'), shot(there, 'packaged-failed-there')])
      console.error(here.log, there.log)
    })
    await sendFolderScenario({ here, there, root, shot: (one, name) => shot(one, `packaged-${name}`) })
  })
})
