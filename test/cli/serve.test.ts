import { expect, test } from 'vitest'
import { FakeEngine, fakeStatus } from '../support/fake-engine.ts'
import { run } from './fake-io.ts'
import { fakeFolder } from './sync/fake-folders.ts'

test('a command that has the home for a moment is waited for: the page does not end with it', async () => {
  const sending = new FakeEngine({ 'engine:status': () => fakeStatus({ listening: null }) })
  const next = new FakeEngine()
  const { exit, opened } = run(['serve'], [sending, next], false)
  // Tests have no page: that is where it ends.
  expect(await exit).toBe(1)
  expect(opened.map(({ role }) => role)).toEqual(['own-or-client', 'own'])
  expect([sending.closeCount, next.closeCount]).toEqual([1, 1])
})

test('an engine that receives is served as it is', async () => {
  const { exit, opened } = run(['serve'], [new FakeEngine()], false)
  expect(await exit).toBe(1)
  expect(opened.map(({ role }) => role)).toEqual(['own-or-client'])
})

test('says of shared folders what `receive` says', async () => {
  const engine = new FakeEngine({
    'sync:list': () => [fakeFolder({ state: { kind: 'missing', error: { code: 'FOLDER_MISSING', message: 'Connect its disk.' } } })],
    'sync:offers': () => [],
  })
  const { io, exit } = run(['serve'], [engine])
  await exit
  expect(io.stderr.text).toContain('Photos: not there: Connect its disk.')
  // Nobody listens any more when it has ended.
  expect(engine.listenersOf('sync:changed')).toBe(0)
})
