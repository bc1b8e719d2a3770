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

/** A bundled file. Two with words of one length have the same length, and V8 compares no more. */
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

test('what a run has compiled is taken by the next', async () => {
  // It says how much of its source V8 had to be shown: a function's own text is asked for, and compiled, only when called.
  const body = `exports.say = () => say(); function say() { return require('node:v8').getHeapCodeStatistics().bytecode_and_metadata_size } ${Array.from({ length: 2000 }, (_, i) => `function f${i}(x) { return x + ${i} }`).join('\n')} const all = [${Array.from({ length: 2000 }, (_, i) => `f${i}`).join()}]; if (!require('node:fs').existsSync(__dirname + '/quiet')) all.forEach((f) => f(1))`
  const file = bundle('', { body })
  const loud = Number(await load(file))
  expect(readdirSync(cache)).toEqual(['thing'])
  // Nothing is called now, and yet all is compiled.
  writeFileSync(join(ours, 'quiet'), '')
  const quiet = Number(await load(file))
  rmSync(join(cache, 'thing'))
  const alone = Number(await load(file))
  expect(quiet - alone).toBeGreaterThan((loud - alone) * 0.8)
})

test.each(['thing-Ab_d-f12.js', 'thing-Ab_d-f13.js'])('another content of the same length takes the place, as %s', async (name) => {
  await load(bundle('first'))
  const before = kept()
  expect(await load(bundle('other', { name }))).toBe('other')
  expect(readdirSync(cache)).toEqual(['thing'])
  expect(kept().equals(before)).toBe(false)
})

test('what is damaged is not executed, and replaced', async () => {
  await load(bundle('first'))
  const whole = kept()
  const damaged = Buffer.from(whole)
  damaged[damaged.length >> 1]! ^= 1
  writeFileSync(join(cache, 'thing'), damaged)
  expect(await load(bundle('first'))).toBe('first')
  expect(kept().length).toBe(whole.length)
  expect(kept().equals(damaged)).toBe(false)
})

test.each([0, 20, 100])('what was cut off after %i bytes is replaced', async (length) => {
  await load(bundle('first'))
  const whole = kept()
  writeFileSync(join(cache, 'thing'), whole.subarray(0, length))
  expect(await load(bundle('first'))).toBe('first')
  expect(kept().length).toBe(whole.length)
})

test('what a run that was killed left half written is written over', async () => {
  writeFileSync(join(cache, 'thing.new'), 'half')
  await load(bundle('first'))
  expect(readdirSync(cache)).toEqual(['thing'])
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
  expect(cacheFolder({ platform: 'win32', env: {}, userHome: 'C:\\Users\\me' })).toBe('C:\\Users\\me\\AppData\\Local\\Holdfast\\Cache')
  // Never below wherever the program was started.
  expect(cacheFolder({ platform: 'linux', env: {}, userHome: '' })).toBeUndefined()
  expect(cacheFolder({ platform: 'linux', env: { XDG_CACHE_HOME: '/fast' }, userHome: '' })).toBe('/fast/holdfast')
})

test('without a home folder nothing is kept', () => {
  const { HOME, XDG_CACHE_HOME } = process.env
  try {
    process.env['HOME'] = ''
    delete process.env['XDG_CACHE_HOME']
    expect(privateCacheFolder('node')).toBeUndefined()
  } finally {
    process.env['HOME'] = HOME
    if (XDG_CACHE_HOME !== undefined) process.env['XDG_CACHE_HOME'] = XDG_CACHE_HOME
  }
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
    expect(privateCacheFolder('other')).toBeDefined()
    chmodSync(join(folder, 'holdfast'), 0o777)
    expect(privateCacheFolder('other')).toBeUndefined()
  } finally {
    if (before === undefined) delete process.env['XDG_CACHE_HOME']
    else process.env['XDG_CACHE_HOME'] = before
  }
})
