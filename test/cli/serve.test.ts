import { expect, test } from 'vitest'
import { FakeEngine, fakeStatus } from '../support/fake-engine.ts'
import { run } from './fake-io.ts'

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
