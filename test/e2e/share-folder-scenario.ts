import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { compareTrees } from '../support/compare-trees.ts'
import { FaultProxy } from '../support/fault-proxy.ts'
import { makeTree } from '../support/trees.ts'
import { openPage, pairByAddress, shows } from './page-steps.ts'

/** One device as its user sees it, whatever shows the page. */
export interface FolderUser {
  readonly name: string
  readonly page: Page
  /** Scripts that threw, and what the content policy refused. */
  readonly complaints: readonly string[]
  /** Makes this folder the chosen one in the dialog that is open. */
  choose(path: string): Promise<void>
}

export interface FolderScenario {
  /** Dials `there` through a proxy; listens where `there` does not find it by itself, so that a cut is a cut. */
  readonly here: FolderUser
  readonly there: FolderUser
  readonly therePort: number
  /** For the folders. */
  readonly root: string
  /** Called at what is worth a picture. */
  shot(user: FolderUser, name: string): Promise<void>
}

const SECONDS = 1000
const WAIT = { timeout: 60 * SECONDS }
const FOLDER = 'Logbook'
const ENTRY = ['# Log', '', 'Monday: calm.', 'Tuesday: rain.', 'Wednesday: fog.', '']

const said = (user: FolderUser, words: string | RegExp): Promise<void> =>
  user.page.getByRole('main').getByText(words).first().waitFor(WAIT)

/** Names anywhere in a folder, without what the engine keeps for itself. */
async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true })
  return names.filter((name) => !name.startsWith('.holdfast')).sort()
}

const conflictCopies = async (folder: string): Promise<string[]> => (await namesIn(folder)).filter((name) => name.includes('(conflict, '))

/** Both folders hold the same, as far as people are concerned. */
async function same(mine: string, theirs: string): Promise<void> {
  await expect.poll(() => existsSync(theirs), WAIT).toBe(true)
  await expect.poll(() => compareTrees(mine, theirs), WAIT).toEqual([])
}

/**
 * Two devices pair, one shares a folder from its window, the other takes it in its own. Cut off from each other, both
 * edit the same file and one deletes another; reconnected, the conflict stands side by side and is decided with one
 * click, and what was deleted comes back from the trash, everywhere. Then one deletes most of it while cut off, which
 * the other asks about and undoes.
 */
export async function shareFolderScenario({ here, there, therePort, root, shot }: FolderScenario): Promise<void> {
  const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: therePort } })
  try {
    await pairByAddress(here.page, there.page, `127.0.0.1:${proxy.port}`)
    const mine = join(root, 'here', FOLDER)
    const place = join(root, 'there')
    const theirs = join(place, FOLDER)
    await mkdir(place, { recursive: true })
    await mkdir(mine, { recursive: true })
    makeTree(join(mine, 'Charts'), { seed: 11, files: 30 })
    await writeFile(join(mine, 'log.md'), ENTRY.join('\n'))
    await writeFile(join(mine, 'tides.txt'), 'High at six.')

    await openPage(here.page, 'Folders')
    await here.page.getByRole('button', { name: 'Share a folder…' }).click()
    await here.choose(mine)
    // The only paired device is chosen already.
    await here.page.getByRole('dialog').getByRole('checkbox', { name: there.name, checked: true }).waitFor()
    await shot(here, 'folder-share')
    await here.page.getByRole('button', { name: 'Share', exact: true }).click()
    await said(here, `${there.name} has not accepted yet`)

    await openPage(there.page, 'Folders')
    await there.page.getByRole('button', { name: `Accept… ${FOLDER}` }).click(WAIT)
    await there.choose(place)
    await shows(there.page.getByRole('dialog'), theirs)
    await shot(there, 'folder-accept')
    await there.page.getByRole('dialog').getByRole('button', { name: 'Accept' }).click()
    await same(mine, theirs)
    await said(here, `Up to date with ${there.name}`)
    await said(there, `Up to date with ${here.name}`)
    await shot(there, 'folder-same')

    const cut = async (): Promise<void> => {
      proxy.setFault({ refuseFirst: Number.MAX_SAFE_INTEGER })
      proxy.cutAll()
      await said(here, `${there.name} is not connected`)
    }
    await cut()
    await writeFile(join(theirs, 'log.md'), ENTRY.with(3, 'Tuesday: hail.').join('\n'))
    await writeFile(join(mine, 'log.md'), ENTRY.with(3, 'Tuesday: thunder.').join('\n'))
    await rm(join(mine, 'tides.txt'))
    await shot(here, 'folder-cut')
    proxy.setFault({})

    for (const folder of [mine, theirs]) await expect.poll(() => conflictCopies(folder), WAIT).toHaveLength(1)
    await expect.poll(() => existsSync(join(theirs, 'tides.txt')), WAIT).toBe(false)
    await same(mine, theirs)

    await here.page.getByRole('row', { name: FOLDER }).getByText('1 conflict').waitFor(WAIT)
    await here.page.getByRole('row', { name: FOLDER }).click()
    await here.page.getByRole('tab', { name: 'Conflicts 1' }).click()
    await here.page.getByRole('button', { name: 'Look at both: log.md' }).click()
    const difference = here.page.getByRole('table', { name: 'Difference' })
    await difference.getByText('hail').waitFor()
    await difference.getByText('thunder').waitFor()
    await shot(here, 'folder-conflict')
    const [copy] = await conflictCopies(mine)
    const kept = await readFile(join(mine, copy ?? ''), 'utf8')
    await here.page.getByRole('button', { name: 'Keep this: the conflict copy' }).click()
    await said(here, /^No conflicts\./)
    for (const folder of [mine, theirs]) {
      await expect.poll(() => conflictCopies(folder), WAIT).toEqual([])
      await expect.poll(() => readFile(join(folder, 'log.md'), 'utf8'), WAIT).toBe(kept)
    }

    await there.page.getByRole('row', { name: FOLDER }).click()
    await there.page.getByRole('tab', { name: /^Trash/ }).click()
    await there.page.getByPlaceholder('Name or folder').fill('tides')
    await shot(there, 'folder-trash')
    await there.page.getByRole('button', { name: 'Restore tides.txt' }).click()
    for (const folder of [theirs, mine]) await expect.poll(() => existsSync(join(folder, 'tides.txt')), WAIT).toBe(true)
    expect(await readFile(join(mine, 'tides.txt'), 'utf8')).toBe('High at six.')
    await same(mine, theirs)

    await cut()
    await rm(join(theirs, 'Charts'), { recursive: true })
    await openPage(there.page, 'Folders')
    await there.page.getByRole('row', { name: FOLDER }).getByText(/^2 files, /).waitFor(WAIT)
    proxy.setFault({})
    const asking = here.page.getByRole('region', { name: /would change a lot here/ })
    await asking.getByText('30 files would be deleted').waitFor(WAIT)
    await here.page.getByRole('tab', { name: 'To do' }).click()
    await here.page.getByRole('grid', { name: 'To do' }).getByText('Is deleted').first().waitFor()
    await shot(here, 'folder-asking')
    await asking.getByRole('button', { name: 'Keep what is here' }).click()
    await here.page.getByRole('alertdialog').getByRole('button', { name: 'Keep what is here' }).click()
    await asking.waitFor({ state: 'hidden', ...WAIT })
    await same(mine, theirs)
    expect(existsSync(join(mine, 'Charts'))).toBe(true)
    expect([...here.complaints, ...there.complaints]).toEqual([])
  } finally {
    proxy.close()
  }
}
