import { expect, test } from 'vitest'
import { framingCodec } from '../../../electron/engine/plain/framing.ts'
import { isLoopback as isLoopbackThere } from '../../../electron/engine/plain/plain-address.ts'
import { FRAMING_KINDS, isLoopback, joinFraming, splitFraming } from '../../../renderer/features/settings/framing.ts'

test.each(FRAMING_KINDS)('%s is whole as soon as it is chosen', (kind) => {
  const framing = joinFraming(kind)
  expect(() => framingCodec(framing, 1_000_000)).not.toThrow()
  expect(splitFraming(framing).kind).toBe(kind)
})

test.each([
  ['eof', { kind: 'eof' }],
  ['fixed:400', { kind: 'fixed', parameter: '400' }],
  ['delimiter::', { kind: 'delimiter', parameter: ':' }],
  ['typed:01=fixed:16,02=delimiter:\\n', { kind: 'typed', parameter: '01=fixed:16,02=delimiter:\\n' }],
])('%s is taken apart and put together again', (text, framing) => {
  expect(splitFraming(text)).toEqual(framing)
  expect(joinFraming(splitFraming(text).kind, 'parameter' in framing ? framing.parameter : undefined)).toBe(text)
})

test('what is loopback here is loopback for the engine', () => {
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost', '0.0.0.0', '::', '192.168.1.4', 'nas.local', '127.example.org']) {
    if (host !== '127.example.org') expect([host, isLoopback(host)]).toEqual([host, isLoopbackThere({ host, port: 1 })])
  }
  expect(isLoopback('127.example.org')).toBe(false)
})
