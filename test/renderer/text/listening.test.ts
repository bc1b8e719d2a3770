import { expect, test } from 'vitest'
import { listeningWords } from '../../../renderer/text/listening.ts'

test.each([
  ['::', 'Port 4680'],
  ['0.0.0.0', 'Port 4680'],
  ['127.0.0.1', '127.0.0.1:4680'],
  ['fe80::1', '[fe80::1]:4680'],
])('listening at %s is said as %s', (host, words) => {
  expect(listeningWords({ host, port: 4680 })).toBe(words)
})
