import type { Page } from 'playwright-core'
import { demoFolderOffer } from '../support/demo-folder-data.ts'
import type { DemoEngine } from '../support/demo-engine.ts'
import { busyScene, emptyScene } from '../support/demo-scenes.ts'
import { HOSTILE_NAMES } from '../support/demo-data.ts'
import type { Shot } from './shots.ts'

const SMALL = { width: 720, height: 520 }
const PHONE = { width: 390, height: 760 }
const TALL = { width: 1180, height: 980 }

const goToFolders = (page: Page): Promise<void> => page.keyboard.press('Alt+4')

async function open(page: Page, name: string, tab?: string): Promise<void> {
  await goToFolders(page)
  await page.getByRole('row', { name }).first().click()
  await page.getByRole('heading', { level: 1, name }).waitFor()
  if (tab) await page.getByRole('tab', { name: tab }).click()
}

async function conflict(page: Page, index: number): Promise<void> {
  await open(page, 'Documents', 'Conflicts')
  await page.getByRole('button', { name: /^Look at both/ }).nth(index).click()
  await page.getByRole('button', { name: 'Keep both' }).waitFor()
}

const offer = (engine: DemoEngine): void => {
  const [device, other] = [...engine.devices.values()]
  if (!device || !other) throw new Error('no devices')
  engine.folders.offer(demoFolderOffer(20, device, 'Wedding'))
  engine.folders.offer(demoFolderOffer(21, other, HOSTILE_NAMES[2], { mode: 'send-only' }))
}

export const FOLDER_SHOTS: readonly Shot[] = [
  { name: 'folders-empty', scene: emptyScene, arrange: async ({ page }) => goToFolders(page) },
  { name: 'folders', scene: busyScene, size: TALL, arrange: async ({ page }) => goToFolders(page) },
  { name: 'folders-small', scene: busyScene, size: SMALL, arrange: async ({ page }) => goToFolders(page) },
  { name: 'folders-phone', scene: busyScene, size: PHONE, arrange: async ({ page }) => goToFolders(page) },
  {
    name: 'folders-offers',
    scene: busyScene,
    arrange: async ({ page }, engine) => {
      await goToFolders(page)
      offer(engine)
      await page.getByText('wants to share the folder').first().waitFor()
    },
  },
  {
    name: 'folders-accept',
    scene: busyScene,
    arrange: async ({ page }, engine) => {
      await goToFolders(page)
      offer(engine)
      await page.getByRole('button', { name: /^Accept/ }).last().click()
      await page.getByRole('textbox').fill('/media/big disk')
    },
  },
  {
    name: 'folders-share',
    scene: busyScene,
    size: TALL,
    arrange: async ({ page }, engine) => {
      engine.info = { ...engine.info, canChoose: true }
      await page.reload()
      await page.locator('h1').first().waitFor()
      await goToFolders(page)
      await page.getByRole('button', { name: 'Share a folder…' }).click()
      await page.getByRole('button', { name: 'Choose…' }).click()
      await page.getByRole('checkbox', { name: /Studio Mac/ }).focus()
      await page.keyboard.press('Space')
    },
  },
  { name: 'folder-overview', scene: busyScene, arrange: async ({ page }) => open(page, 'Documents') },
  { name: 'folder-overview-phone', scene: busyScene, size: PHONE, arrange: async ({ page }) => open(page, 'Documents') },
  { name: 'folder-syncing', scene: busyScene, arrange: async ({ page }) => open(page, 'Garden plans') },
  { name: 'folder-missing', scene: busyScene, arrange: async ({ page }) => open(page, 'Recordings') },
  { name: 'folder-asking', scene: busyScene, size: TALL, arrange: async ({ page }) => open(page, 'Photos') },
  { name: 'folder-asking-small', scene: busyScene, size: SMALL, arrange: async ({ page }) => open(page, 'Photos') },
  { name: 'folder-conflicts', scene: busyScene, arrange: async ({ page }) => open(page, 'Documents', 'Conflicts') },
  { name: 'folder-conflict-text', scene: busyScene, size: TALL, arrange: async ({ page }) => conflict(page, 0) },
  { name: 'folder-conflict-phone', scene: busyScene, size: PHONE, arrange: async ({ page }) => conflict(page, 0) },
  { name: 'folder-conflict-picture', scene: busyScene, size: TALL, arrange: async ({ page }) => conflict(page, 1) },
  { name: 'folder-conflict-gone', scene: busyScene, size: TALL, arrange: async ({ page }) => conflict(page, 4) },
  { name: 'folder-problems', scene: busyScene, arrange: async ({ page }) => open(page, 'Documents', 'Problems') },
  { name: 'folder-activity', scene: busyScene, arrange: async ({ page }) => open(page, 'Documents', 'Activity') },
  { name: 'folder-trash', scene: busyScene, arrange: async ({ page }) => open(page, 'Documents', 'Trash') },
  { name: 'folder-trash-phone', scene: busyScene, size: PHONE, arrange: async ({ page }) => open(page, 'Documents', 'Trash') },
  { name: 'folder-settings', scene: busyScene, size: TALL, arrange: async ({ page }) => open(page, 'Documents', 'Settings') },
  {
    name: 'folder-receive-only',
    scene: busyScene,
    arrange: async ({ page }) => {
      await goToFolders(page)
      await page.getByRole('row', { name: /invoice/ }).first().click()
    },
  },
]
