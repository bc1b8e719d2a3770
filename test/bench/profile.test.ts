import { expect, test } from 'vitest'
import { formatProfiles, summarizeProfile } from './profile.ts'

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 })
const profile = {
  nodes: [
    { id: 1, callFrame: frame('(idle)') },
    { id: 2, callFrame: frame('send', 'file:///app/out/engine.js') },
    { id: 3, callFrame: frame('(garbage collector)') },
  ],
  samples: [1, 2, 2, 3],
  timeDeltas: [50_000, 10_000, 20_000, 5_000],
}

test('self times add up by function, without what was idle', () => {
  const summary = summarizeProfile('4.2', profile)
  expect(summary).toEqual({
    name: '4.2',
    busyMs: 35,
    costs: [
      { what: 'send engine.js:10', ms: 30 },
      { what: '(garbage collector)', ms: 5 },
    ],
  })
  expect(formatProfiles('S', [summary])).toContain('30.0 ms  send engine.js:10')
})
