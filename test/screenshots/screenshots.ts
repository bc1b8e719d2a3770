/** Takes every page and state, light and dark, into screenshots/: `npm run screenshots [-- NAME...]`. */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { startDemoBrowser } from '../support/demo-browser.ts'
import { SHOTS } from './shots.ts'

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
        await demo.page.waitForTimeout(450)
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
