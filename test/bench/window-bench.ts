/**
 * Whether the window keeps up: `npm run bench:window`, with `-- FILES` for another number than 100,000. The real app sends
 * so many files of 100 bytes to a headless receiver, then receives them from a headless sender, while a page of its window is
 * scrolled through the transfer's files, a little in every frame. Says how late the main process's event loop was, how the
 * frames came, and how large the whole main process grew, engine and lanes included.
 */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { constants, setPriority, tmpdir } from 'node:os'
import type { monitorEventLoopDelay } from 'node:perf_hooks'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { openPage, sendNow } from '../e2e/page-steps.ts'
import { DesktopApp } from '../support/desktop-app.ts'
import type { HoldfastProcess } from '../support/holdfast-process.ts'
import { dropFiles } from '../support/page-driving.ts'
import { Lab } from '../support/processes.ts'
import { openDisplay } from '../support/require-display.ts'
import { readProcessUse } from '../support/rss.ts'
import { stageApp } from '../support/stage-app.ts'
import { tinyWorkload } from './workloads.ts'

const TICK_MS = 200
/** A hand on the wheel. */
const SCROLL_PX = 24
const IDLE_MS = 4_000
/** A frame of 60 a second. */
const FRAME_MS = 1000 / 60

interface Watched {
  readonly seconds: number
  readonly loop: { readonly p50: number; readonly p99: number; readonly max: number }
  /** Between two frames, in ms. */
  readonly frames: readonly number[]
  /** The same after the transfer: what this machine can do. */
  readonly idleFrames: readonly number[]
  readonly peakRssBytes: number
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { dir: { type: 'string', default: tmpdir() } } })
const files = Number(positionals[0] ?? 100_000)
const staged = await stageApp()
if ('missing' in staged) throw new Error(staged.missing)
const root = mkdtempSync(join(values.dir, 'holdfast-window-'))
const display = await openDisplay()
const lab = new Lab(root)

let running: DesktopApp | undefined

async function launch(name: string): Promise<DesktopApp> {
  return (running = await DesktopApp.launch(staged as Exclude<typeof staged, { missing: string }>, { userHome: join(root, name), environment: display.environment }))
}

/** The other device has processors of its own: here it takes what the one with the window leaves. Linux only. */
function putElsewhere({ pid }: HoldfastProcess): void {
  if (process.platform !== 'linux') return
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      setPriority(Number(thread), constants.priority.PRIORITY_LOW)
    } catch {
      // It has ended since.
    }
  }
}

/** Both say that the digits are the same. */
async function confirmPairing(page: Page, other: HoldfastProcess): Promise<void> {
  await other.waitFor('pairing')
  other.writeLine('yes')
  await page.getByRole('button', { name: 'They are the same' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
}

async function watch(app: DesktopApp, begin: () => Promise<unknown>): Promise<Watched> {
  await app.electron.evaluate(() => {
    const { monitorEventLoopDelay } = process.getBuiltinModule('node:perf_hooks')
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    ;(globalThis as { benchedLoop?: typeof delay }).benchedLoop = delay
  })
  const startedAt = performance.now()
  await begin()
  await openPage(app.page, 'Transfers')
  await app.page.getByRole('grid', { name: 'Under way' }).getByRole('row').first().click()
  await app.page.getByRole('grid', { name: 'Files' }).getByRole('row').nth(2).waitFor()
  await scroll(app.page)
  let peakRssBytes = 0
  for (;;) {
    const use = await readProcessUse(app.process.pid ?? 0)
    peakRssBytes = Math.max(peakRssBytes, use?.rssBytes ?? 0)
    const { items } = await app.call('transfer:list', { offset: 0, limit: 1, ended: true })
    const state = items[0]?.state
    if (state && !(state.kind === 'finished' && state.complete)) throw new Error(`the transfer ended as ${state.kind}`)
    if (state) break
    await new Promise((resolve) => setTimeout(resolve, TICK_MS))
  }
  const seconds = (performance.now() - startedAt) / 1000
  const loop = await app.electron.evaluate(() => {
    const delay = (globalThis as { benchedLoop?: ReturnType<typeof monitorEventLoopDelay> }).benchedLoop
    const ms = (value = 0) => Math.max(0, value / 1e6 - 1)
    return { p50: ms(delay?.percentile(50)), p99: ms(delay?.percentile(99)), max: ms(delay?.max) }
  })
  const frames = await takeFrames(app.page)
  await app.page.waitForTimeout(IDLE_MS)
  return { seconds, loop, frames, idleFrames: await takeFrames(app.page), peakRssBytes }
}

/** Goes down the list, and up again from its end, until the page is closed; notes when each frame came. */
async function scroll(page: Page): Promise<void> {
  await page.evaluate((step) => {
    const frames: number[] = []
    Object.assign(globalThis, { benchedFrames: frames })
    let before = performance.now()
    let by = step
    const next = (at: number) => {
      frames.push(at - before)
      before = at
      const list = document.querySelector('.file-rows')
      if (list) {
        const top = list.scrollTop
        list.scrollTop = top + by
        if (list.scrollTop === top) by = -by
      }
      requestAnimationFrame(next)
    }
    requestAnimationFrame((at) => {
      before = at
      requestAnimationFrame(next)
    })
  }, SCROLL_PX)
}

/** Of those since it was asked last. */
function takeFrames(page: Page): Promise<number[]> {
  return page.evaluate(() => (globalThis as unknown as { benchedFrames: number[] }).benchedFrames.splice(0))
}

function framesInWords(frames: readonly number[]): string {
  const sorted = [...frames].sort((a, b) => a - b)
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN).toFixed(1)
  const inTime = (100 * frames.filter((ms) => ms < FRAME_MS * 1.5).length) / frames.length
  const perSecond = (1000 * frames.length) / frames.reduce((sum, ms) => sum + ms, 0)
  return `${perSecond.toFixed(1)} frames a second, ${inTime.toFixed(1)} % in time; between two p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`
}

function tell(role: string, { seconds, loop, frames, idleFrames, peakRssBytes }: Watched): void {
  console.log(
    `${role} ${files.toLocaleString('en')} files in ${seconds.toFixed(1)} s\n` +
      `  main process: event loop late by p50 ${loop.p50.toFixed(1)}, p99 ${loop.p99.toFixed(1)}, max ${loop.max.toFixed(1)} ms; at most ${(peakRssBytes / 1e6).toFixed(0)} MB\n` +
      `  window, scrolling: ${framesInWords(frames)}\n` +
      `  and when it is over: ${framesInWords(idleFrames)}`,
  )
}

try {
  const { source } = tinyWorkload('T', root, files)
  // Of a program that has just been written more is in memory than of one that was started before.
  await (await launch('once')).close()
  {
    const app = await launch('sends')
    const { page } = app
    const receiver = await lab.receive(lab.path('receiver'), await lab.folder('received'))
    putElsewhere(receiver.process)
    await openPage(page, 'Send')
    await page.getByPlaceholder('host or host:port').fill(receiver.address)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('button', { name: `Pair with this address: ${receiver.address}` }).click()
    await confirmPairing(page, receiver.process)
    await page.getByRole('button', { name: `Remove ${receiver.address}` }).click()
    await dropFiles(page, [source])
    await page.getByRole('grid', { name: 'To' }).getByText('Connected').click()
    tell('sends', await watch(app, () => sendNow(page)))
    await app.close()
    await receiver.process.interrupt()
  }
  {
    const app = await launch('receives')
    const home = lab.path('sender')
    const address = `127.0.0.1:${await app.port()}`
    const pairing = lab.run(home, ['pair', address])
    await confirmPairing(app.page, pairing)
    await pairing.expectExit(0)
    let sender: ReturnType<Lab['run']> | undefined
    const send = async () => {
      sender = lab.run(home, ['send', source, '--to', address])
      putElsewhere(sender)
    }
    tell('receives', await watch(app, send))
    await sender?.expectExit(0)
    await app.close()
  }
} finally {
  await running?.close()
  await lab.close()
  await display.close()
  rmSync(root, { recursive: true, force: true, maxRetries: 3 })
  await staged.remove()
}
