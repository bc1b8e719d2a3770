import { spawnSync } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { userHome } from '../../../electron/engine/util/user-home.ts'

const { HOME } = process.env
afterEach(() => {
  process.env['HOME'] = HOME
})

test.skipIf(process.platform === 'win32')('an empty or relative home is none', () => {
  for (const [home, expected] of [['/home/me', '/home/me'], ['', ''], ['here', '']] as const) {
    process.env['HOME'] = home
    expect(userHome()).toBe(expected)
  }
})

/** As in a container that runs under a number that no list of users has. */
const NAMELESS = 54_321

test.skipIf(process.getuid?.() !== 0)('a user without a name has no home, and a place for the engine’s socket all the same', () => {
  const module = (path: string) => JSON.stringify(new URL(`../../../electron/engine/${path}`, import.meta.url).href)
  const code = `
    import { userHome } from ${module('util/user-home.ts')}
    import { localSocketPath } from ${module('net/local-socket.ts')}
    console.log(JSON.stringify([userHome(), localSocketPath('/${'long/'.repeat(30)}')]))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { uid: NAMELESS, gid: NAMELESS, env: {}, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(JSON.parse(stdout)).toEqual(['', expect.stringMatching(/^\/tmp\/holdfast-54321\/[0-9a-f]{32}\.sock$/)])
})
