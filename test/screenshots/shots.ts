import type { Page } from 'playwright-core'
import { demoConflict, demoDevice, demoDeviceId, demoOffer, demoReceived, demoTransferId } from '../support/demo-data.ts'
import type { DemoEngine } from '../support/demo-engine.ts'
import type { DemoPage } from '../support/demo-browser.ts'
import { busyScene, emptyScene } from '../support/demo-scenes.ts'
import { FOLDER_SHOTS } from './folder-shots.ts'

export interface Shot {
  readonly name: string
  readonly scene: () => DemoEngine
  readonly size?: { readonly width: number; readonly height: number }
  readonly arrange?: (demo: DemoPage, engine: DemoEngine) => Promise<void>
  /** The browser's own messages about the lost connection are expected. */
  readonly offline?: boolean
}

const go = (page: Page, index: number): Promise<void> => page.keyboard.press(`Alt+${index}`)
const SMALL = { width: 720, height: 520 }
const PHONE = { width: 390, height: 760 }
const LARGE = { width: 1720, height: 1040 }

/** Speeds of a minute, so that the plots have something to draw. */
async function play(page: Page, engine: DemoEngine, id = demoTransferId(1)): Promise<void> {
  for (let second = 0; second < 7; second++) {
    engine.setTransfer(id, { bytesPerSecond: 62_000_000 + 26_000_000 * Math.sin(second * 1.7) + second * 3_000_000 })
    await page.waitForTimeout(1000)
  }
  engine.setTransfer(id, { bytesPerSecond: 86_400_000 })
}

const compare = (engine: DemoEngine, code = '042137'): void => {
  engine.putPairing({ id: 'p', role: 'responder', deviceId: demoDeviceId(8), deviceName: 'Mara’s PC', state: { kind: 'compare', code } })
}

export const SHOTS: readonly Shot[] = [
  { name: 'send-first-run', scene: emptyScene },
  { name: 'send-empty-tray', scene: busyScene, arrange: async (_demo, engine) => engine.putSources([]) },
  {
    name: 'send-ready',
    scene: busyScene,
    arrange: async ({ page }) => {
      await page.getByRole('row', { name: /Studio Mac/ }).click()
      await page.getByRole('row', { name: /Attic NAS/ }).click()
      await page.getByPlaceholder('host or host:port').fill('nas.example.org:4680')
    },
  },
  { name: 'send-small', scene: busyScene, size: SMALL },
  { name: 'send-phone', scene: busyScene, size: PHONE },
  {
    name: 'send-trust',
    scene: busyScene,
    arrange: async ({ page }) => {
      await page.getByPlaceholder('host or host:port').fill('10.20.0.14')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Control+Enter')
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'send-text', scene: busyScene, arrange: async ({ page }) => page.getByRole('button', { name: 'Text or link…' }).click() },
  {
    name: 'drop-overlay',
    scene: busyScene,
    arrange: async ({ page }) => {
      await page.evaluate(() => {
        const data = new DataTransfer()
        data.items.add(new File(['x'], 'x.txt'))
        window.dispatchEvent(new DragEvent('dragenter', { dataTransfer: data, bubbles: true, cancelable: true }))
      })
    },
  },
  { name: 'pairing-compare', scene: busyScene, arrange: async ({ page }, engine) => {
    compare(engine)
    await page.getByRole('dialog').waitFor()
  } },
  {
    name: 'pairing-waiting',
    scene: busyScene,
    arrange: async ({ page }, engine) => {
      compare(engine)
      await page.getByRole('button', { name: 'They are the same' }).click()
    },
  },
  {
    name: 'pairing-done',
    scene: busyScene,
    arrange: async ({ page }, engine) => {
      engine.putPairing({ id: 'p', role: 'initiator', deviceId: demoDeviceId(8), deviceName: 'Mara’s PC', state: { kind: 'paired' } })
      await page.getByText('know each other’s keys now').waitFor()
    },
  },
  {
    name: 'pairing-failed',
    scene: busyScene,
    arrange: async ({ page }, engine) => {
      compare(engine)
      await page.getByRole('button', { name: 'They differ' }).click()
    },
  },
  { name: 'request', scene: busyScene, arrange: async (_demo, engine) => engine.putRequest(demoOffer([...engine.devices.values()][0] ?? demoDevice(2, 'x'))) },
  {
    name: 'request-stranger-no-room',
    scene: busyScene,
    size: SMALL,
    arrange: async (_demo, engine) => {
      const stranger = demoDevice(9, 'free\u202Eexe.money', { trust: 'seen' })
      engine.putRequest(demoOffer(stranger, { freeBytes: 2_000_000_000 }))
      engine.putRequest(demoConflict(stranger))
    },
  },
  { name: 'conflict', scene: busyScene, arrange: async (_demo, engine) => engine.putRequest(demoConflict([...engine.devices.values()][0] ?? demoDevice(2, 'x'))) },
  { name: 'transfers-empty', scene: emptyScene, arrange: async ({ page }) => go(page, 2) },
  {
    name: 'transfers',
    scene: busyScene,
    arrange: async ({ page }, engine) => {
      await go(page, 2)
      await play(page, engine)
    },
  },
  { name: 'transfers-small', scene: busyScene, size: SMALL, arrange: async ({ page }) => go(page, 2) },
  { name: 'transfers-phone', scene: busyScene, size: PHONE, arrange: async ({ page }) => go(page, 2) },
  {
    name: 'transfers-finished',
    scene: busyScene,
    arrange: async ({ page }) => {
      await go(page, 2)
      await page.locator('.transfers-page').evaluate((element) => (element.scrollTop = 900))
    },
  },
  {
    name: 'transfer-detail',
    scene: busyScene,
    size: { width: 1180, height: 900 },
    arrange: async ({ page }, engine) => {
      await go(page, 2)
      await page.getByRole('row', { name: /Photos/ }).first().click()
      await play(page, engine)
    },
  },
  {
    name: 'transfer-detail-failed-files',
    scene: busyScene,
    size: SMALL,
    arrange: async ({ page }) => {
      await go(page, 2)
      await page.getByRole('row', { name: /Photos/ }).first().click()
      await page.getByText('Failed', { exact: true }).first().click()
    },
  },
  {
    name: 'transfer-detail-lost',
    scene: busyScene,
    arrange: async ({ page }) => {
      await go(page, 2)
      await page.getByRole('row', { name: /Holiday videos/ }).first().click()
    },
  },
  {
    name: 'transfer-cancel',
    scene: busyScene,
    arrange: async ({ page }) => {
      await go(page, 2)
      await page.getByRole('button', { name: 'Cancel transfer' }).first().click()
    },
  },
  { name: 'received-empty', scene: emptyScene, arrange: async ({ page }) => go(page, 3) },
  { name: 'received', scene: busyScene, arrange: async ({ page }) => go(page, 3) },
  { name: 'received-small', scene: busyScene, size: SMALL, arrange: async ({ page }) => go(page, 3) },
  {
    name: 'received-no-match',
    scene: busyScene,
    arrange: async ({ page }) => {
      await go(page, 3)
      await page.getByPlaceholder('Name, folder or device').fill('no such thing')
      await page.getByText('Nothing matches').waitFor()
    },
  },
  {
    name: 'received-folder-gone',
    scene: busyScene,
    arrange: async ({ page }, engine) => {
      await go(page, 3)
      engine.setProblems([{ code: 'FOLDER_MISSING', message: `The receive folder ${engine.settings.receiveFolder} is not there any more. Connect its disk, put the folder back or choose another.` }])
    },
  },
  {
    name: 'received-message',
    scene: busyScene,
    arrange: async ({ page }) => {
      await go(page, 3)
      await page.getByRole('button', { name: /^Read/ }).click()
    },
  },
  ...FOLDER_SHOTS,
  { name: 'devices', scene: busyScene, arrange: async ({ page }) => go(page, 5) },
  { name: 'devices-small', scene: busyScene, size: SMALL, arrange: async ({ page }) => go(page, 5) },
  { name: 'devices-empty', scene: emptyScene, arrange: async ({ page }) => go(page, 5) },
  {
    name: 'device',
    scene: busyScene,
    size: { width: 1180, height: 900 },
    arrange: async ({ page }) => {
      await go(page, 5)
      await page.getByRole('row', { name: /Attic NAS/ }).click()
    },
  },
  {
    name: 'device-unreachable',
    scene: busyScene,
    arrange: async ({ page }) => {
      await go(page, 5)
      await page.getByRole('row', { name: /Office desktop/ }).click()
    },
  },
  {
    name: 'device-alarm',
    scene: busyScene,
    arrange: async ({ page }) => {
      await go(page, 5)
      await page.getByRole('row', { name: /Kitchen tablet/ }).click()
    },
  },
  { name: 'settings', scene: busyScene, size: { width: 1180, height: 980 }, arrange: async ({ page }) => go(page, 6) },
  { name: 'settings-small', scene: busyScene, size: SMALL, arrange: async ({ page }) => go(page, 6) },
  {
    name: 'settings-plain',
    scene: busyScene,
    size: { width: 1180, height: 900 },
    arrange: async ({ page }, engine) => {
      await engine.call('settings:set', { plain: { ...engine.settings.plain, enabled: true, framing: 'typed:01=fixed:16,02=length32,03=delimiter:\\n' } })
      await go(page, 6)
      await page.getByRole('heading', { name: 'Plain TCP inbox' }).scrollIntoViewIfNeeded()
      await page.locator('.settings-page').evaluate((element) => (element.scrollTop = 520))
    },
  },
  {
    name: 'settings-plain-open',
    scene: busyScene,
    size: { width: 1180, height: 900 },
    arrange: async ({ page }, engine) => {
      const message = 'The stream ended inside a message: 12 bytes of 400.'
      engine.plainError = { from: '192.168.1.80', atMs: Date.now() - 240_000, error: { code: 'PLAIN_TRUNCATED', message } }
      await engine.call('settings:set', { plain: { ...engine.settings.plain, enabled: true, host: '0.0.0.0', framing: 'decimal:5', folderId: 'folder:/srv/instruments' } })
      await go(page, 6)
      await page.locator('.settings-page').evaluate((element) => (element.scrollTop = 520))
    },
  },
  {
    name: 'settings-plain-framing',
    scene: busyScene,
    size: { width: 1180, height: 900 },
    arrange: async ({ page }) => {
      await go(page, 6)
      await page.locator('.settings-page').evaluate((element) => (element.scrollTop = 520))
      await page.getByRole('button', { name: /Framing/ }).click()
    },
  },
  {
    name: 'settings-plain-small',
    scene: busyScene,
    size: SMALL,
    arrange: async ({ page }) => {
      await go(page, 6)
      await page.locator('.settings-page').evaluate((element) => (element.scrollTop = 700))
    },
  },
  { name: 'shortcuts', scene: busyScene, arrange: async ({ page }) => page.keyboard.press('?') },
  {
    name: 'offline',
    scene: busyScene,
    offline: true,
    arrange: async ({ page, server }) => {
      await go(page, 2)
      server.setUp(false)
      await page.getByText(/Trying again in/).waitFor()
    },
  },
  {
    name: 'large',
    scene: busyScene,
    size: LARGE,
    arrange: async ({ page }, engine) => {
      engine.received = demoReceived(30, [...engine.devices.values()])
      await page.getByRole('row', { name: /Studio Mac/ }).click()
    },
  },
]
