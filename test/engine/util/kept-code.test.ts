import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cacheFolder, privateCacheFolder } from '../../../electron/engine/util/cache-folder.ts'

const KEPT_CODE = new URL('../../../electron/engine/util/kept-code.ts', import.meta.url).href
/** Long enough to be worth it. */
const PADDING = `/* ${'.'.repeat(64 * 1024)} */`

/** Loads a file as a thread of ours does, tells what it says, and ends. */
const LOADER = `
  const { parentPort, workerData: { ours, cache, file } } = require('node:worker_threads')
  import(${JSON.stringify(KEPT_CODE)}).then(({ keepCode }) => {
    keepCode(ours, cache)
    parentPort.postMessage(require(file).say())
    process.exit(0)
  })
`

let folder = ''
let ours = ''
let cache = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-code-'))
  ours = join(folder, 'out')
  cache = join(folder, 'cache')
  for (const made of [ours, cache]) mkdirSync(made, { mode: 0o700 })
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** A bundled file. Two with words of one length are one to V8, which looks at a source's length only. */
function bundle(word: string, { name = 'thing-Ab_d-f12.js', body = `exports.say = () => say(); function say() { return ${JSON.stringify(word)} }` } = {}): string {
  const file = join(ours, name)
  writeFileSync(file, `${PADDING}\n${body}\n`)
  return file
}

async function load(file: string): Promise<unknown> {
  const worker = new Worker(LOADER, { eval: true, workerData: { ours, cache, file } })
  const ended = once(worker, 'exit')
  const [said] = (await once(worker, 'message')) as [unknown]
  expect(await ended).toEqual([0])
  return said
}

const kept = () => readFileSync(join(cache, 'thing'))

test('the functions a run has called are there compiled in the next', async () => {
  expect(await load(bundle('first'))).toBe('first')
  expect(readdirSync(cache)).toEqual(['thing'])
  // Its source is not looked at again: what it says now shows where its functions come from.
  expect(await load(bundle('other'))).toBe('first')
})

test('a file of another content has another name, and takes the place', async () => {
  await load(bundle('first'))
  const before = kept()
  expect(await load(bundle('other', { name: 'thing-Ab_d-f13.js' }))).toBe('other')
  expect(readdirSync(cache)).toEqual(['thing'])
  expect(kept().equals(before)).toBe(false)
})

test('what is damaged is not executed, and replaced', async () => {
  await load(bundle('first'))
  const damaged = kept()
  damaged[damaged.length >> 1]! ^= 1
  writeFileSync(join(cache, 'thing'), damaged)
  expect(await load(bundle('other'))).toBe('other')
  expect(await load(bundle('again'))).toBe('other')
})

test.each([0, 20, 100])('what was cut off after %i bytes is replaced', async (length) => {
  await load(bundle('first'))
  writeFileSync(join(cache, 'thing'), kept().subarray(0, length))
  expect(await load(bundle('other'))).toBe('other')
  expect(await load(bundle('again'))).toBe('other')
})

test('it grows by what a later run compiles, and is left alone by one that compiles nothing else', async () => {
  const many = Array.from({ length: 3000 }, (_, i) => `function f${i}(x) { return x + ${i} }`).join('\n')
  const all = Array.from({ length: 3000 }, (_, i) => `f${i}`).join()
  const every = join(folder, 'every')
  const file = bundle('', { body: `${many}\nexports.say = () => require('node:fs').existsSync(${JSON.stringify(every)}) ? [${all}].reduce((x, f) => f(x), 0) : 0` })
  expect(await load(file)).toBe(0)
  const small = kept().length
  writeFileSync(every, '')
  expect(await load(file)).toBe(4_498_500)
  const { ino, size } = statSync(join(cache, 'thing'))
  expect(size).toBeGreaterThan(small * 1.5)
  await load(file)
  expect(statSync(join(cache, 'thing'))).toMatchObject({ ino, size })
})

test('short files, and those of others, are loaded as ever', async () => {
  const short = join(ours, 'short-Ab_d-f12.js')
  writeFileSync(short, 'exports.say = () => 1')
  expect(await load(short)).toBe(1)
  expect(await load(bundle('word', { name: 'entry.js' }))).toBe('word')
  const elsewhere = bundle('word')
  ours = join(folder, 'elsewhere')
  expect(await load(elsewhere)).toBe('word')
  expect(readdirSync(cache)).toEqual([])
})

test('a bundled file finds its neighbours, Node’s modules and itself', async () => {
  writeFileSync(join(ours, 'neighbour.js'), 'exports.word = "next"')
  const body = `const path = require('node:path'); exports.say = () => [require('./neighbour.js').word, path.basename(__filename), __dirname, module.exports === exports]`
  expect(await load(bundle('', { body }))).toEqual(['next', 'thing-Ab_d-f12.js', ours, true])
})

test('a cache that cannot be written to is none', async () => {
  rmSync(cache, { recursive: true })
  expect(await load(bundle('first'))).toBe('first')
  expect(await load(bundle('other'))).toBe('other')
  expect(existsSync(cache)).toBe(false)
})

test('it lies where the platform keeps what can be made again', () => {
  const at = (platform: string, env: Record<string, string> = {}) => cacheFolder({ platform, env, userHome: '/home/me' })
  expect(at('linux')).toBe('/home/me/.cache/holdfast')
  expect(at('linux', { XDG_CACHE_HOME: '/fast' })).toBe('/fast/holdfast')
  expect(at('linux', { XDG_CACHE_HOME: 'relative' })).toBe('/home/me/.cache/holdfast')
  expect(at('darwin')).toBe('/home/me/Library/Caches/Holdfast')
  expect(at('win32', { LOCALAPPDATA: 'C:\\Users\\me\\AppData\\Local' })).toBe('C:\\Users\\me\\AppData\\Local\\Holdfast\\Cache')
})

test.skipIf(process.platform === 'win32')('others than the user cannot put anything there', () => {
  const before = process.env['XDG_CACHE_HOME']
  process.env['XDG_CACHE_HOME'] = folder
  try {
    const made = privateCacheFolder('node')!
    expect(statSync(made).mode & 0o777).toBe(0o700)
    chmodSync(made, 0o770)
    expect(privateCacheFolder('node')).toBeUndefined()
    writeFileSync(join(folder, 'holdfast', 'file'), '')
    expect(privateCacheFolder('file')).toBeUndefined()
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = before
  }
})
