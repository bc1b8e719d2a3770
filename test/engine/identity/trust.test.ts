import { expect, test } from 'vitest'
import { judgeKey, keyChecker, type KnownDevice, type TrustTarget } from '../../../electron/engine/identity/trust.ts'
import type { SendTrust } from '../../../shared/ipc/contract.ts'

const at = (host: string) => ({ host, port: 4680 })
const devices: KnownDevice[] = [
  { id: 'PAIRED', trust: 'paired', addresses: [at('192.0.2.1')] },
  { id: 'PINNED', trust: 'pinned', addresses: [at('nas.local')] },
  { id: 'PINNED-2', trust: 'pinned', addresses: [at('192.0.2.3')] },
]
const address = (host: string): TrustTarget => ({ kind: 'address', ...at(host) })
const device = (deviceId: string): TrustTarget => ({ kind: 'device', deviceId })
const id = (deviceId: string): SendTrust => ({ kind: 'device-id', deviceId })
const firstUse: SendTrust = { kind: 'first-use' }

test.each<[string, TrustTarget, SendTrust | undefined, string, string]>([
  ['a paired device by name', device('PAIRED'), undefined, 'PAIRED', 'known'],
  ['another key for a device', device('PAIRED'), undefined, 'STRANGER', 'TRUST_KEY_CHANGED'],
  ['another known key for a device', device('PAIRED'), undefined, 'PINNED', 'TRUST_KEY_CHANGED'],
  ['first use says nothing about a device that is meant by name', device('PAIRED'), firstUse, 'STRANGER', 'TRUST_KEY_CHANGED'],
  ['a nearby device by id, unknown', device('STRANGER'), undefined, 'STRANGER', 'TRUST_UNKNOWN_KEY'],
  ['a nearby device by id, first use', device('STRANGER'), firstUse, 'STRANGER', 'pin'],
  ['a nearby device by id, trusted', device('STRANGER'), id('STRANGER'), 'STRANGER', 'pin'],
  ['a paired device at its address', address('192.0.2.1'), undefined, 'PAIRED', 'known'],
  ['a paired device at a new address', address('192.0.2.9'), undefined, 'PAIRED', 'known'],
  ['a paired device at the address of another', address('192.0.2.3'), undefined, 'PAIRED', 'known'],
  ['a pinned device at its address, in other letters', address('NAS.local'), undefined, 'PINNED', 'known'],
  ['a pinned device at a new address', address('192.0.2.9'), undefined, 'PINNED', 'known'],
  ['a pinned device at the address of another', address('192.0.2.3'), undefined, 'PINNED', 'TRUST_KEY_CHANGED'],
  ['a stranger at a pinned address', address('nas.local'), undefined, 'STRANGER', 'TRUST_KEY_CHANGED'],
  ['a stranger at a pinned address is no first use', address('nas.local'), firstUse, 'STRANGER', 'TRUST_KEY_CHANGED'],
  ['a stranger at a new address', address('192.0.2.9'), undefined, 'STRANGER', 'TRUST_UNKNOWN_KEY'],
  ['first use', address('192.0.2.9'), firstUse, 'STRANGER', 'pin'],
  ['first use of a known key', address('192.0.2.9'), firstUse, 'PINNED', 'known'],
  ['the trusted id', address('192.0.2.9'), id('STRANGER'), 'STRANGER', 'pin'],
  ['the trusted id at the address of another', address('nas.local'), id('STRANGER'), 'STRANGER', 'pin'],
  ['the trusted id, known', address('nas.local'), id('PINNED'), 'PINNED', 'known'],
  ['another id than the trusted', address('192.0.2.1'), id('STRANGER'), 'PAIRED', 'TRUST_KEY_MISMATCH'],
])('%s', (_what, target, trust, answered, expected) => {
  const verdict = judgeKey(devices, target, trust, answered)
  expect(verdict.kind === 'refused' ? verdict.error.code : verdict.kind).toBe(expected)
})

test('the message for an unknown key shows the id and both ways on', () => {
  const check = keyChecker(() => [], address('192.0.2.9'), undefined)
  expect(() => check('STRANGER')).toThrow(/STRANGER.*holdfast pair.*--trust STRANGER/s)
  expect(() => keyChecker(() => devices, address('x'), undefined)('PAIRED')).not.toThrow()
})
