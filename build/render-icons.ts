/**
 * Draws the PNGs of build/icons and build/tray from the SVGs beside them, with a Chromium: `node build/render-icons.ts PATH-TO-CHROMIUM`.
 * Run after changing a drawing; electron-builder makes .icns and .ico of icon.png itself.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const folder = fileURLToPath(new URL('.', import.meta.url))
const LINUX_SIZES = [16, 24, 32, 48, 64, 128, 256, 512]

const drawings: readonly { readonly svg: string; readonly png: string; readonly size: number }[] = [
  { svg: 'icons/icon', png: 'icons/icon.png', size: 1024 },
  ...LINUX_SIZES.map((size) => ({ svg: size < 48 ? 'tray/tray' : 'icons/icon', png: `icons/${size}x${size}.png`, size })),
  { svg: 'tray/tray', png: 'tray/tray.png', size: 22 },
  { svg: 'tray/tray', png: 'tray/tray@2x.png', size: 44 },
  { svg: 'tray/tray-template', png: 'tray/trayTemplate.png', size: 18 },
  { svg: 'tray/tray-template', png: 'tray/trayTemplate@2x.png', size: 36 },
]

const [executablePath] = process.argv.slice(2)
if (!executablePath) throw new Error('Name a Chromium to draw with.')
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
try {
  for (const { svg, png, size } of drawings) {
    const page = await browser.newPage({ viewport: { width: size, height: size } })
    const drawing = await readFile(`${folder}${svg}.svg`, 'utf8')
    await page.setContent(`<style>html,body{margin:0;background:transparent}svg{display:block;width:${size}px;height:${size}px}</style>${drawing}`)
    await writeFile(`${folder}${png}`, await page.screenshot({ omitBackground: true }))
    await page.close()
  }
} finally {
  await browser.close()
}
