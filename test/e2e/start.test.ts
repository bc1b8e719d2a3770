import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { userEnvironment } from '../support/page-driving.ts'
import { hangGuard } from '../support/hang-guard.ts'

const START = fileURLToPath(new URL('../../build/start.ts', import.meta.url))

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdfast-start-'))
})
afterEach(() => rm(root, { recursive: true, force: true, maxRetries: 3 }))

test('without an Electron runtime, npm start says so in one line and serves the page', { timeout: 150_000 }, async () => {
  const environment = { ...process.env, ...userEnvironment(root), HOLDFAST_ELECTRON: join(root, 'nowhere'), DISPLAY: '', WAYLAND_DISPLAY: '' }
  const child = spawn(process.execPath, [START, '--page', '127.0.0.1:0', '--listen', '127.0.0.1:0', '--no-discovery'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  const said: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line))
  const [url] = (await hangGuard(once(createInterface({ input: child.stdout }), 'line'), 60_000, 'the address', () => said.join('\n'))) as [string]
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=/)
  expect(said.filter((line) => /Electron/.test(line))).toHaveLength(1)
  const page = await fetch(new URL(url).origin)
  expect(await page.text()).toContain('<title>Holdfast</title>')
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  expect(await hangGuard(ended, 60_000, 'the end', () => said.join('\n'))).toEqual([0, null])
})
