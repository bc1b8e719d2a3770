import { afterAll, beforeAll, onTestFailed, test } from 'vitest'
import { ServeLab, type Served } from '../../support/serve-lab.ts'
import { shareFolderScenario, type FolderUser } from '../share-folder-scenario.ts'
import { shot } from '../shots.ts'

const SECONDS = 1000

let lab: ServeLab
let here: Served
let there: Served

/** On the page a folder is typed. */
const user = ({ name, page, complaints }: Served): FolderUser => ({
  name,
  page,
  complaints,
  choose: (path) => page.getByRole('dialog').getByRole('textbox').first().fill(path),
})

beforeAll(async () => {
  lab = await ServeLab.open()
  // On an address of its own, so that only the proxy leads from one to the other.
  ;[here, there] = await Promise.all([lab.serve('Lighthouse', '127.0.0.2'), lab.serve('Harbour')])
}, 150 * SECONDS)
afterAll(() => lab?.close())

test('a folder is shared, edited on both sides while cut off, and put right in the page', { timeout: 240 * SECONDS }, async () => {
  onTestFailed(async () => {
    await Promise.allSettled([shot(here, 'failed-page-folder-here'), shot(there, 'failed-page-folder-there')])
    console.error(here.process.log, there.process.log)
  })
  const root = await lab.lab.folder('shared')
  await shareFolderScenario({ here: user(here), there: user(there), therePort: there.port, root, shot: (one, name) => shot(one, `page-${name}`) })
})
