import { mkdir, mkdtemp, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { DesktopApp, dropFiles } from '../../support/desktop-app.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import { openDisplay, type Display } from '../../support/require-display.ts'
import { stageApp, type StagedApp } from '../../support/stage-app.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'
import { acceptOffer, askAboutOffersOf, chooseDevice, openPage, pairByAddress, progressOf, sendNow, shows } from '../page-steps.ts'

const staged = await stageApp()
const why = 'missing' in staged ? ` (${staged.missing})` : ''
const SECONDS = 1000

/** HOLDFAST_SCREENSHOTS names a folder for pictures of what was seen on the way. */
const shots = process.env['HOLDFAST_SCREENSHOTS']
async function shot(app: DesktopApp, name: string): Promise<void> {
  if (!shots) return
  await mkdir(shots, { recursive: true })
  await app.page.screenshot({ path: join(shots, `${name}.png`) })
}

describe.skipIf('missing' in staged)(`two apps on one machine${why}`, () => {
  const runtime = staged as StagedApp
  let root: string
  let display: Display
  let here: DesktopApp
  let there: DesktopApp
  let proxy: FaultProxy

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-e2e-'))
    display = await openDisplay()
    const launch = (name: string): Promise<DesktopApp> =>
      DesktopApp.launch(runtime, { userHome: join(root, name), environment: display.environment })
    ;[here, there] = await Promise.all([launch('here'), launch('there')])
    await Promise.all([here.call('settings:set', { name: 'Lighthouse' }), there.call('settings:set', { name: 'Harbour' })])
    proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: await there.port() } })
  }, 90 * SECONDS)

  afterAll(async () => {
    proxy?.close()
    await Promise.allSettled([here?.close(), there?.close()])
    await display?.close()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
    await runtime.remove()
  }, 60 * SECONDS)

  test('a folder is dropped, asked about, cut off, and arrives whole', { timeout: 90 * SECONDS }, async () => {
    onTestFailed(async () => {
      await Promise.allSettled([shot(here, 'failed-here'), shot(there, 'failed-there')])
      for (const app of [here, there]) {
        const list = await app.call('transfer:list', { offset: 0, limit: 5 }).catch(String)
        console.error(app.userHome, JSON.stringify(list), app.complaints, app.log)
      }
    })
    const address = `127.0.0.1:${proxy.port}`
    const [mine, theirs] = await pairByAddress(here.page, there.page, address, async () => {
      await Promise.all([shot(here, 'pairing-here'), shot(there, 'pairing-there')])
    })
    expect(mine).toMatch(/^\d{6}$/)
    expect(mine).toBe(theirs)

    await askAboutOffersOf(there.page, 'Lighthouse')
    await shot(there, 'device-there')

    const folder = join(root, 'Logbook')
    makeTree(folder, { seed: 7, files: 60 })
    makeBigFile(join(folder, 'chart.bin'), 24 * 1024 * 1024)
    await dropFiles(here.page, [folder], shots ? join(shots, 'drop-overlay.png') : undefined)
    await shows(here.page.getByRole('grid', { name: 'On the tray' }), /61 files/)
    await chooseDevice(here.page, 'Harbour')
    await shot(here, 'send-ready')
    proxy.setFault({ slow: { bytesPerSecond: 4 * 1024 * 1024 } })
    await sendNow(here.page)

    await shows(there.page, 'wants to send you')
    await shows(there.page, /Logbook/)
    await shot(there, 'offer')
    await acceptOffer(there.page)

    await openPage(there.page, 'Transfers')
    await expect.poll(() => progressOf(here.page, 'Logbook'), { timeout: 20 * SECONDS }).toBeGreaterThan(5)
    const before = (await progressOf(here.page, 'Logbook')) ?? 0
    await expect.poll(() => progressOf(here.page, 'Logbook'), { timeout: 20 * SECONDS }).toBeGreaterThan(before)
    await shot(here, 'active-here')
    await shot(there, 'active-there')

    proxy.refuseFor(4 * SECONDS)
    proxy.cutAll()
    await shows(here.page, /trying again/)
    await shot(here, 'retry-here')
    await shot(there, 'retry-there')
    const atCut = (await progressOf(here.page, 'Logbook')) ?? 0
    await here.page.reload()
    await openPage(here.page, 'Transfers')
    expect(await progressOf(here.page, 'Logbook')).toBeGreaterThanOrEqual(atCut)

    await expect.poll(() => here.call('transfer:list', { offset: 0, limit: 5, ended: true }).then((page) => page.total), { timeout: 40 * SECONDS }).toBe(1)
    const [receipt] = (await here.call('transfer:list', { offset: 0, limit: 1, ended: true })).items
    const [arrival] = (await there.call('transfer:list', { offset: 0, limit: 1, ended: true })).items
    expect(receipt).toMatchObject({ state: { kind: 'finished', complete: true }, files: 61, direction: 'send' })
    expect(arrival).toMatchObject({ state: { kind: 'finished', complete: true }, files: 61, direction: 'receive' })
    expect(receipt?.counters.retries).toBeGreaterThan(0)
    expect(compareTrees(folder, join(there.receiveFolder, 'Logbook'))).toEqual([])
    await Promise.all([shows(here.page, /on average/), shows(there.page, /on average/)])
    await shot(here, 'finished-here')
    await shot(there, 'finished-there')

    await openPage(there.page, 'Received')
    await there.page.getByPlaceholder('Name, folder or device').fill('chart.bin')
    const row = there.page.getByRole('row', { name: /chart\.bin/ })
    await shows(row, 'Lighthouse')
    await shows(row, 'Verified')
    await unlink(join(there.receiveFolder, 'Logbook', 'chart.bin'))
    await shows(row, 'Deleted')
    await shot(there, 'deleted-there')
    expect([...here.complaints, ...there.complaints]).toEqual([])
  })
})
