import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DesktopApp } from '../../support/desktop-app.ts'
import { hangGuard } from '../../support/hang-guard.ts'
import { openDisplay, type Display } from '../../support/require-display.ts'
import { stageApp, type StagedApp } from '../../support/stage-app.ts'
import { requireProgram } from '../../support/system-tools.ts'
import { openPage, shows } from '../page-steps.ts'
import { shot } from '../shots.ts'

const staged = await stageApp()
const why = 'missing' in staged ? ` (${staged.missing})` : ''
const SECONDS = 1000
/** What nothing but a hang exceeds. */
const SOON = { timeout: 60 * SECONDS }

/** What a shell does: `printf … | nc -N 127.0.0.1 PORT`. */
async function netcat(port: number, bytes: string): Promise<void> {
  const nc = spawn(requireProgram(['nc'], ['netcat-openbsd']), ['-N', '127.0.0.1', String(port)], { stdio: ['pipe', 'ignore', 'inherit'] })
  nc.stdin.end(bytes)
  await hangGuard(once(nc, 'exit'), 20 * SECONDS, 'nc to end', () => '')
}

describe.skipIf('missing' in staged)(`the plain TCP inbox of the desktop app${why}`, { timeout: 150 * SECONDS }, () => {
  const runtime = staged as StagedApp
  let root: string
  let display: Display
  let app: DesktopApp

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-plain-app-'))
    display = await openDisplay()
    app = await DesktopApp.launch(runtime, { userHome: join(root, 'user'), environment: display.environment })
  }, 150 * SECONDS)

  afterAll(async () => {
    await app?.close()
    await display?.close()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
    await runtime.remove()
  }, 60 * SECONDS)

  test('is off and loopback until it is wanted; netcat’s lines then arrive as from an unverified sender', async () => {
    const { page } = app
    const before = await app.call('settings:get', {})
    expect(before.plain).toMatchObject({ enabled: false, host: '127.0.0.1' })
    await app.call('settings:set', { plain: { ...before.plain, port: 0 } })

    await openPage(page, 'Settings')
    const section = page.getByRole('heading', { name: 'Plain TCP inbox' })
    await section.scrollIntoViewIfNeeded()
    await page.getByText('Receive plain TCP messages', { exact: true }).click()
    await shows(page, /Neither encrypted nor authenticated/)
    await page.getByRole('button', { name: /Framing/ }).click()
    await page.getByRole('option', { name: /^Delimiter/ }).click()
    await expect.poll(async () => (await app.call('settings:get', {})).plain, SOON).toMatchObject({ enabled: true, framing: 'delimiter:\\n' })
    await shows(page, /Listening on 127\.0\.0\.1:\d+/)
    await section.scrollIntoViewIfNeeded()
    await shot(app, 'plain-settings')

    await expect.poll(async () => (await app.call('engine:status', {})).plain?.address.port, SOON).toBeGreaterThan(0)
    const port = (await app.call('engine:status', {})).plain?.address.port ?? 0
    await netcat(port, '21.4 degrees\n21.6 degrees\n')
    await openPage(page, 'Received')
    const rows = page.getByRole('row').filter({ hasText: 'Plain TCP 127.0.0.1' })
    await expect.poll(() => rows.count(), SOON).toBe(2)
    await shows(rows.first(), 'unverified sender')
    expect(await rows.getByText('Verified', { exact: true }).count()).toBe(0)
    await shot(app, 'plain-received')
    const { items } = await app.call('received:list', { offset: 0, limit: 10 })
    const texts = await Promise.all(items.map(({ path }) => readFile(join(app.receiveFolder, path), 'utf8')))
    expect(texts.sort()).toEqual(['21.4 degrees', '21.6 degrees'])

    await netcat(port, 'a message that does not end')
    await openPage(page, 'Settings')
    await shows(page, /Last trouble/)
    expect((await app.call('received:list', { offset: 0, limit: 10 })).total).toBe(2)
    expect(app.complaints).toEqual([])
  })
})
