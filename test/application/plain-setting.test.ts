import { afterEach, beforeEach, expect, test } from 'vitest'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { answerCall } from '../../electron/application/answer-call.ts'
import type { PlainChange } from '../../shared/ipc/app-contract.ts'
import { demoSettings } from '../support/demo-data.ts'
import { applicationFixture, type ApplicationFixture } from './fixture.ts'

const PLAIN: PlainChange = { enabled: true, host: '127.0.0.1', port: 4681, framing: 'length32', maxMessageBytes: 1000, maxConnections: 4 }

let fixture: ApplicationFixture
let folder = ''
beforeEach(async () => {
  let chosen = ''
  fixture = await applicationFixture({ chooseFolder: () => Promise.resolve(chosen) })
  chosen = folder = join(fixture.root, 'instruments')
  await mkdir(folder)
  const stored = demoSettings()
  fixture.engine.handlers['settings:get'] = () => ({ ...stored, plain: { ...stored.plain, folder: '/before' } })
  fixture.engine.handlers['settings:set'] = (patch) => ({ ...stored, ...patch })
})
afterEach(() => fixture.close())

const set = (plain: unknown) => answerCall(fixture.application.handlers, 'settings:set', { plain })

test('the folder of the plain inbox is named by id, kept when nothing is said, and the receive folder for null', async () => {
  const choice = await fixture.application.handlers['folder:choose']({})
  for (const change of [{ folderId: choice?.folderId }, {}, { folderId: null }]) expect(await set({ ...PLAIN, ...change })).toMatchObject({ ok: true })
  expect(fixture.engine.called('settings:set')).toEqual([{ plain: { ...PLAIN, folder } }, { plain: { ...PLAIN, folder: '/before' } }, { plain: PLAIN }])
})

test.each([
  ['a path instead of an id', { ...PLAIN, folder: '/etc' }],
  ['an id that was not given out', { ...PLAIN, folderId: '/etc' }],
  ['half of it', { enabled: true }],
  ['a port that is none', { ...PLAIN, port: 65_536 }],
  ['part of a byte', { ...PLAIN, maxMessageBytes: 0.5 }],
  ['an endless framing', { ...PLAIN, framing: 'x'.repeat(1001) }],
])('refused: %s', async (_, plain) => {
  expect(await set(plain)).toMatchObject({ ok: false, error: { code: 'USAGE_INVALID' } })
  expect(fixture.engine.called('settings:set')).toEqual([])
})
