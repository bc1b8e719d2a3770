/** Takes every page and state, light and dark, into screenshots/: `npm run screenshots [-- NAME...]`. */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { startDemoBrowser } from '../support/demo-browser.ts'
import { SHOTS } from './shots.ts'

/** Until what moves once has moved: dialogs come in, pages fade. What moves for ever is taken as it is. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready
    for (;;) {
      const moving = document.getAnimations().filter(({ playState, effect }) => playState === 'running' && effect?.getComputedTiming().endTime !== Infinity)
      if (moving.length === 0) return
      await Promise.allSettled(moving.map(({ finished }) => finished))
    }
  })
}

const folder = fileURLToPath(new URL('../../screenshots', import.meta.url))
const wanted = process.argv.slice(2)
await mkdir(folder, { recursive: true })
const browser = await startDemoBrowser()
let bad = 0
try {
  for (const shot of SHOTS) {
    if (wanted.length > 0 && !wanted.some((part) => shot.name.includes(part))) continue
    for (const colorScheme of ['light', 'dark'] as const) {
      const engine = shot.scene()
      const demo = await browser.open(engine, { colorScheme, viewport: shot.size ?? { width: 1180, height: 760 } })
      try {
        await shot.arrange?.(demo, engine)
        await settled(demo.page)
        await demo.page.screenshot({ path: `${folder}/${shot.name}-${colorScheme}.png` })
        for (const complaint of demo.complaints) {
          if (shot.offline) continue
          bad += 1
          console.error(`${shot.name}: ${complaint}`)
        }
      } catch (error) {
        bad += 1
        console.error(`${shot.name}: ${String(error)}`)
      } finally {
        await demo.close()
      }
    }
    console.error(shot.name)
  }
} finally {
  await browser.close()
}
process.exitCode = bad > 0 ? 1 : 0
