import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startEngine, type Engine } from '../../electron/engine/engine.ts'

let root = ''
let engine: Engine
const at = (path: string) => join(root, path)
const start = async (receiveFolder: string) => {
  engine = await startEngine({ home: at('home'), listen: { host: '127.0.0.1', port: 0 }, receiveFolder: at(receiveFolder), discovery: false, continueTransfers: 'none', version: '0' })
}
const share = (path: string) => engine.call('sync:add', { path: at(path), devices: [], mode: 'two-way' })
const refused = (words: RegExp) => ({ code: 'USAGE_INVALID', message: expect.stringMatching(words) })

beforeEach(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-receive-place-')))
  for (const path of ['in/photos', 'elsewhere/shared/deep']) mkdirSync(at(path), { recursive: true })
  await start('in')
  await share('elsewhere/shared')
})
afterEach(async () => {
  await engine.close()
  rmSync(root, { recursive: true })
})

test('nothing is received into a shared folder, into one inside it or around it', async () => {
  const places = [['elsewhere/shared', /is the shared folder "shared"/], ['elsewhere/shared/deep', /is inside the shared folder/], ['elsewhere/shared/new', /inside/], ['elsewhere', /has the shared folder "shared" in it/]] as const
  const settings = await engine.call('settings:get', {})
  for (const [path, words] of places) {
    await expect(engine.call('settings:set', { receiveFolder: at(path) })).rejects.toMatchObject(refused(words))
    await expect(engine.call('settings:set', { plain: { ...settings.plain, folder: at(path) } })).rejects.toMatchObject(refused(words))
  }
  expect(await engine.call('settings:get', {})).toEqual(settings)
  expect(readdirSync(at('elsewhere/shared/deep'))).toEqual([])
  expect((await engine.call('settings:set', { receiveFolder: at('elsewhere2') })).receiveFolder).toBe(at('elsewhere2'))
})

test('what was received into before stays: only a change is refused', async () => {
  await share('in/photos')
  expect((await engine.call('settings:set', { receiveFolder: at('in'), theme: 'dark' })).theme).toBe('dark')
  await engine.close()
  await start('in')
  expect((await engine.call('engine:status', {})).receiveFolder).toBe(at('in'))
  await engine.close()
  await expect(start('in/photos')).rejects.toMatchObject(refused(/is the shared folder/))
})
