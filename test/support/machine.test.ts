import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findElectron } from './find-electron.ts'
import { hangGuard } from './hang-guard.ts'
import { openDisplay } from './require-display.ts'
import { findProgram, requireProgram } from './system-tools.ts'

test('finds a program, and says what to install for one that cannot be had', () => {
  expect(findProgram('no-such-program', process.platform === 'win32' ? 'cmd.exe' : 'sh')).not.toBeNull()
  expect(findProgram('no-such-program')).toBeNull()
  expect(() => requireProgram(['no-such-program'], [])).toThrow('no-such-program is needed')
})

test('a hang fails with the log', async () => {
  await expect(hangGuard(new Promise(() => undefined), 5, 'godot', () => 'the log')).rejects.toThrow(/godot\nthe log/)
  await expect(hangGuard(Promise.resolve(1), 5_000, 'one', () => '')).resolves.toBe(1)
})

test.runIf(process.platform === 'linux' && findProgram('Xvfb'))('opens a display of its own, and closes it', async () => {
  const first = await openDisplay()
  const second = await openDisplay()
  expect(first.environment['DISPLAY']).not.toBe(second.environment['DISPLAY'])
  const socket = `/tmp/.X11-unix/X${first.environment['DISPLAY']!.slice(1)}`
  expect(existsSync(socket)).toBe(true)
  await Promise.all([first.close(), second.close()])
  expect(existsSync(socket)).toBe(false)
})

// The runtime may have to be fetched first.
test('says which Electron there is, or why there is none', { timeout: 600_000 }, () => {
  const runtime = findElectron()
  if (runtime.kind === 'none') expect(runtime.reason).not.toBe('')
  else expect(['staged', 'installed']).toContain(runtime.kind)
})
