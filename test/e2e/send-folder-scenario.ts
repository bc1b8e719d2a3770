import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import type { AppArgs, AppCommandName, AppReply } from '../../shared/ipc/app-contract.ts'
import { compareTrees } from '../support/compare-trees.ts'
import { dropFiles } from '../support/page-driving.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { makeBigFile, makeTree } from '../support/trees.ts'
import { acceptOffer, askAboutOffersOf, chooseDevice, openPage, pairByAddress, progressOf, sendNow, shows } from './page-steps.ts'

/** One device as its user sees it, whatever shows the page. */
export interface AppUnderTest {
  readonly page: Page
  readonly receiveFolder: string
  /** Scripts that threw, and what the content policy refused. */
  readonly complaints: readonly string[]
  call<C extends AppCommandName>(command: C, args: AppArgs<C>): Promise<AppReply<C>>
  port(): Promise<number>
}

export interface Scenario {
  readonly here: AppUnderTest
  readonly there: AppUnderTest
  /** For what is sent. */
  readonly root: string
  /** Called at what is worth a picture. */
  shot(app: AppUnderTest, name: string): Promise<void>
  /** What the two do next, while they still reach each other. */
  afterwards?(): Promise<void>
  /** Where to put a picture of the drop itself; absent: none. */
  readonly dropShot?: string
}

const SECONDS = 1000

/**
 * Two devices pair through their windows, one drops a folder on the other, it is accepted, moves, is cut off, is tried
 * again, arrives whole with a receipt on both sides; then a file is deleted, which the Received page notices.
 */
export async function sendFolderScenario({ here, there, root, shot, dropShot, afterwards }: Scenario): Promise<void> {
  await Promise.all([here.call('settings:set', { name: 'Lighthouse' }), there.call('settings:set', { name: 'Harbour' })])
  const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: await there.port() } })
  try {
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
    makeBigFile(join(folder, 'chart.bin'), 48 * 1024 * 1024)
    await dropFiles(here.page, [folder], dropShot)
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
    await expect.poll(() => progressOf(here.page, 'Logbook')).toBeGreaterThan(2)
    const before = (await progressOf(here.page, 'Logbook')) ?? 0
    await expect.poll(() => progressOf(here.page, 'Logbook')).toBeGreaterThan(before)
    await Promise.all([shot(here, 'active-here'), shot(there, 'active-there')])

    proxy.setFault({ refuseFirst: Number.MAX_SAFE_INTEGER })
    proxy.cutAll()
    await shows(here.page, /trying again/)
    await Promise.all([shot(here, 'retry-here'), shot(there, 'retry-there')])
    const atCut = (await progressOf(here.page, 'Logbook')) ?? 0
    await here.page.reload()
    await openPage(here.page, 'Transfers')
    await expect.poll(() => progressOf(here.page, 'Logbook')).toBeGreaterThanOrEqual(atCut)
    proxy.setFault({})

    const endedAt = (app: AppUnderTest) => app.call('transfer:list', { offset: 0, limit: 5, ended: true })
    await expect.poll(async () => (await endedAt(here)).total + (await endedAt(there)).total, { timeout: 90 * SECONDS }).toBe(2)
    const [receipt] = (await endedAt(here)).items
    const [arrival] = (await endedAt(there)).items
    expect(receipt).toMatchObject({ state: { kind: 'finished', complete: true }, files: 61, direction: 'send' })
    expect(arrival).toMatchObject({ state: { kind: 'finished', complete: true }, files: 61, direction: 'receive' })
    expect(receipt?.counters.retries).toBeGreaterThan(0)
    expect(compareTrees(folder, join(there.receiveFolder, 'Logbook'))).toEqual([])
    await Promise.all([shows(here.page, /on average/), shows(there.page, /on average/)])
    await Promise.all([shot(here, 'finished-here'), shot(there, 'finished-there')])

    await openPage(there.page, 'Received')
    await there.page.getByPlaceholder('Name, folder or device').fill('chart.bin')
    const row = there.page.getByRole('row', { name: /chart\.bin/ })
    await shows(row, 'Lighthouse')
    await shows(row, 'Verified')
    await unlink(join(there.receiveFolder, 'Logbook', 'chart.bin'))
    await shows(row, 'Deleted')
    await shot(there, 'deleted-there')
    expect([...here.complaints, ...there.complaints]).toEqual([])
    await afterwards?.()
  } finally {
    proxy.close()
  }
}
