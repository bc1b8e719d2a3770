import { startDemoBrowser } from '../support/demo-browser.ts'
import { busyScene } from '../support/demo-scenes.ts'
const b = await startDemoBrowser()
const engine = busyScene()
const { page, complaints } = await b.open(engine)
await page.keyboard.press('Alt+1')
for (let i = 0; i < 24; i++) {
  await page.keyboard.press('Tab')
  console.log(await page.evaluate('(()=>{const e=document.activeElement;return [e.tagName,e.className,e.getAttribute("aria-label"),e.closest("[role=grid]")?.getAttribute("aria-label")].join("|")})()'))
}
console.log(complaints)
await b.close()
