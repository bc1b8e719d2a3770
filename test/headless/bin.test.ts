import { execFile, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-bin-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Ended {
  code: number
  stdout: string
  stderr: string
}

function node(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
    child.stdin?.end()
  })
}

/** The program from source, as a process. */
const main = (...args: string[]) => node([join(root, 'electron/headless/main.ts'), ...args])

/** build/holdfast.cjs somewhere else, with or without a program beside it. */
function bin(name: string, entry?: string): string {
  const home = join(folder, name)
  mkdirSync(join(home, 'build'), { recursive: true })
  copyFileSync(join(root, 'build/holdfast.cjs'), join(home, 'build/holdfast.cjs'))
  if (entry !== undefined) {
    mkdirSync(join(home, 'out'))
    writeFileSync(join(home, 'out/package.json'), '{ "type": "module" }')
    writeFileSync(join(home, 'out/headless.js'), entry)
  }
  return join(home, 'build/holdfast.cjs')
}

test('says what to do when it is not built', async () => {
  const { code, stderr } = await node([bin('unbuilt')])
  expect(code).toBe(1)
  expect(stderr).toMatch(/run `npm run build`/)
})

test('refuses an old Node in one line', async () => {
  const preload = join(folder, 'old.cjs')
  writeFileSync(preload, "Object.defineProperty(process.versions, 'node', { value: '22.13.9' })")
  const { code, stderr } = await node(['--require', preload, bin('old', '')])
  expect(code).toBe(1)
  expect(stderr.trim()).toBe(
    `holdfast needs Node 22.14 or newer; this is 22.13.9. The one that came with it is used by: npm run -s holdfast -- COMMAND (in ${realpathSync(folder)}/old)`,
  )
})

test('runs the built program with its arguments', async () => {
  const { code, stdout } = await node([bin('built', 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7'), 'a', '--b'])
  expect([code, stdout.trim()]).toEqual([7, '["a","--b"]'])
})

test('the program from source: version, usage, help', async () => {
  const [version, usage, help] = await Promise.all([main('--version'), main('send', '--json'), main('receive', '--help')])
  expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  expect(usage.code).toBe(2)
  expect(JSON.parse(usage.stdout)).toMatchObject({ event: 'error', code: 'USAGE_INVALID' })
  expect(help).toMatchObject({ code: 0, stderr: '' })
})

test('the first word of two alone: what there is', async () => {
  const [bare, asked, help, unknown] = await Promise.all([main('plain'), main('plain', '--help'), main('help', 'plain'), main('plane', '--help')])
  expect(bare).toMatchObject({ code: 2, stderr: 'holdfast: say which: plain receive, plain send; see holdfast plain --help\n' })
  expect(asked).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/plain receive .*\n *plain send /) })
  expect(help).toEqual(asked)
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('there is no command') })
})

test('nothing is lost when the reader of a pipe is slow', async () => {
  const many = join(folder, 'many')
  mkdirSync(many)
  for (let i = 0; i < 3000; i++) writeFileSync(join(many, `a rather long name for such an empty file ${i}`), '')
  const child = spawn(process.execPath, [join(root, 'electron/headless/main.ts'), 'digest', '--json', many], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  // Nothing is read before what is read ahead is full: from then on the writer fills the pipe.
  await new Promise<void>((resolve) => child.stdout.once('readable', resolve))
  await expect.poll(() => child.stdout.readableLength).toBeGreaterThanOrEqual(child.stdout.readableHighWaterMark)
  let text = ''
  for await (const chunk of child.stdout) text += chunk
  expect(await exited).toBe(0)
  const events = text.trim().split('\n').map((line) => JSON.parse(line))
  expect(events).toHaveLength(3000)
})
