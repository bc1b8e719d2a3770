import { expect, test } from 'vitest'
import { parseInboxAddress } from '../../../electron/engine/plain/inbox-address.ts'

test.each([
  ['127.0.0.1:1060:eof', { host: '127.0.0.1', port: 1060, framing: 'eof' }],
  ['[::1]:0:delimiter:\\n', { host: '::1', port: 0, framing: 'delimiter:\\n' }],
  ['nas.local:9:typed:01=fixed:16,02=length32', { host: 'nas.local', port: 9, framing: 'typed:01=fixed:16,02=length32' }],
])('%s', (text, expected) => {
  expect(parseInboxAddress(text, 1000)).toEqual(expected)
})

test.each(['', 'eof', '1060:eof', '127.0.0.1:eof', '127.0.0.1:1060', '127.0.0.1:1060:', '127.0.0.1:1060:lines', '::1:1060:eof', '127.0.0.1:99999:eof'])('%j is refused', (text) => {
  expect(() => parseInboxAddress(text, 1000)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
})
