import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { autostartEntry } from '../../electron/app/desktop-entry.ts'
import { KeepAwake } from '../../electron/app/keep-awake.ts'
import { parseHandedPaths, parseLaunchOptions } from '../../electron/app/launch-options.ts'
import { OverallProgress } from '../../electron/app/overall-progress.ts'
import { CONTENT_SECURITY_POLICY, readPageFile } from '../../electron/app/page-files.ts'
import { fitBounds, parseWindowState } from '../../electron/app/window-bounds.ts'
import { fakeTransfer } from '../support/fake-engine.ts'

describe("the app's command line", () => {
  test('knows its own switches, takes paths, and leaves the rest alone', () => {
    const options = parseLaunchOptions(['--home=h', '--no-sandbox', '--listen=[::1]:4700', 'a b', '-psn_0_1', '', '--hidden', '--', '--odd'], '/cwd')
    expect(options).toEqual({ home: '/cwd/h', listen: { host: '::1', port: 4700 }, discovery: true, hidden: true, paths: ['/cwd/a b', '/cwd/--odd'] })
  })

  test.each(['x', ':80', '1.2.3.4', '1.2.3.4:99999', 'a:b:1', '[::1:1'])('does not listen at %j', (text) => {
    expect(parseLaunchOptions([`--listen=${text}`, '--no-discovery'], '/')).toEqual({ discovery: false, hidden: false, paths: [] })
  })

  test('what a second start hands over may be anything', () => {
    for (const data of [null, 7, {}, { paths: 'x' }]) expect(parseHandedPaths(data)).toEqual([])
    expect(parseHandedPaths({ paths: ['/a', 3, '', null, '/b'] })).toEqual(['/a', '/b'])
  })
})

describe('the page over app://', () => {
  let root: string
  let page: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-page-'))
    page = join(root, 'renderer')
    await mkdir(join(page, 'assets'), { recursive: true })
    await writeFile(join(page, 'index.html'), '<!doctype html>')
    await writeFile(join(page, 'assets/a b.js'), '1')
    await writeFile(join(page, 'secret.key'), 'x')
    await writeFile(join(root, 'outside.js'), 'x')
    await mkdir(join(root, 'renderer-other'))
    await writeFile(join(root, 'renderer-other/x.js'), 'x')
  })
  afterAll(() => rm(root, { recursive: true, force: true }))

  test.each([
    ['app://holdfast/', 'text/html; charset=utf-8'],
    ['app://holdfast/index.html?x#y', 'text/html; charset=utf-8'],
    ['app://holdfast/assets/a%20b.js', 'text/javascript; charset=utf-8'],
  ])('gives %s', async (url, type) => {
    const file = await readPageFile(page, 'GET', url)
    expect([file.status, file.headers['content-type']]).toEqual([200, type])
    expect(file.headers['content-security-policy']).toBe(CONTENT_SECURITY_POLICY)
  })

  test.each([
    ['GET', 'app://holdfast/../outside.js'],
    ['GET', 'app://holdfast/%2e%2e/outside.js'],
    ['GET', 'app://holdfast/..%2foutside.js'],
    ['GET', 'app://holdfast/..%5coutside.js'],
    ['GET', 'app://holdfast/%2e%2e%2frenderer-other/x.js'],
    ['GET', 'app://holdfast/secret.key'],
    ['GET', 'app://holdfast/assets'],
    ['GET', 'app://holdfast/%00.js'],
    ['GET', 'app://holdfast/%zz.js'],
    ['GET', 'app://evil/index.html'],
    ['GET', 'file:///etc/passwd'],
    ['POST', 'app://holdfast/index.html'],
  ])('refuses %s %s', async (method, url) => {
    expect(await readPageFile(page, method, url)).toMatchObject({ status: 404, body: null })
  })

  test('allows nothing inline and nobody else', () => {
    expect(CONTENT_SECURITY_POLICY).toMatch(/^default-src 'none'/)
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|https?:/)
  })
})

describe("the window's place", () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1080 }

  test('is remembered while it can be seen', () => {
    const saved = { bounds: { x: 100, y: 50, width: 900, height: 700 }, maximized: false }
    expect(fitBounds(saved, [screen])).toEqual(saved.bounds)
    expect(fitBounds({ ...saved, bounds: { ...saved.bounds, x: 4000 } }, [screen])).toEqual({ width: 900, height: 700 })
    expect(fitBounds({ ...saved, bounds: { ...saved.bounds, y: 1070 } }, [screen])).toEqual({ width: 900, height: 700 })
    expect(fitBounds({ ...saved, bounds: { x: 0, y: 0, width: 9, height: 9000 } }, [screen])).toEqual({ x: 0, y: 0, width: 680, height: 1080 })
    expect(fitBounds(null, [screen])).toMatchObject({ width: 1180 })
  })

  test.each(['', '{}', 'null', '[]', '{"bounds":{"x":1}}', '{"bounds":{"x":1e9,"y":0,"width":1,"height":1}}', '{"bounds":{"x":"1","y":0,"width":1,"height":1}}'])(
    'is forgotten when the file says %j',
    (text) => expect(parseWindowState(text)).toBeNull(),
  )
})

test('the computer is kept awake exactly while bytes move', () => {
  const log: string[] = []
  const awake = new KeepAwake({ start: () => log.push('on'), stop: (id) => log.push(`off ${id}`) })
  awake.transfer(fakeTransfer({ id: 'a' }))
  awake.transfer(fakeTransfer({ id: 'b' }))
  awake.transfer(fakeTransfer({ id: 'a', state: { kind: 'paused', by: 'us' } }))
  expect(log).toEqual(['on'])
  awake.forget('b')
  expect(log).toEqual(['on', 'off 1'])
  awake.transfer(fakeTransfer({ id: 'c' }))
  awake.clear()
  expect(log).toEqual(['on', 'off 1', 'on', 'off 3'])
})

test("the taskbar's progress is of all that runs", () => {
  const progress = new OverallProgress()
  expect(progress.part).toBeNull()
  progress.transfer(fakeTransfer({ id: 'a', bytes: 50, totalBytes: 100 }))
  progress.transfer(fakeTransfer({ id: 'b', bytes: 0, totalBytes: 300 }))
  expect(progress.part).toBe(0.125)
  progress.forget('b')
  expect(progress.part).toBe(0.5)
})

test('an autostart entry survives odd paths', () => {
  expect(autostartEntry('/opt/Hold "fast" $x\\100%/app', ['--hidden'])).toContain('Exec="/opt/Hold \\\\"fast\\\\" \\\\$x\\\\\\\\100%%/app" "--hidden"\n')
})
