import { expect, test } from 'vitest'
import { decideOffer } from '../../../electron/engine/offer-policy.ts'
import type { DeviceRow } from '../../../electron/engine/journal/ports.ts'
import { lowerRate, RateLimit } from '../../../electron/engine/transfer/rate-limit.ts'
import { Requests } from '../../../electron/engine/transfer/requests.ts'
import { SpeedMeter } from '../../../electron/engine/transfer/speed.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const settings = { accept: 'paired', receiveFolder: '/in' } as const
const offer = { bytes: 100 }

function device(over: Partial<DeviceRow> = {}): DeviceRow {
  const base = { id: 'A', publicKey: new Uint8Array(), peerName: 'a', addresses: [], receivedBytes: 0 }
  return { ...base, trust: 'paired', policy: { accept: 'always' }, ...over }
}

test('who may deliver: paired devices by their policy, all others only ask', () => {
  expect(decideOffer(device(), settings, offer)).toEqual({ kind: 'accept', folder: '/in' })
  expect(decideOffer(device({ policy: { accept: 'ask', folder: '/own' } }), settings, offer)).toEqual({ kind: 'ask', folder: '/own' })
  expect(decideOffer(device({ trust: 'pinned' }), settings, offer)).toEqual({ kind: 'ask', folder: '/in' })
  expect(decideOffer(undefined, settings, offer)).toEqual({ kind: 'ask', folder: '/in' })
  expect(decideOffer(undefined, { ...settings, accept: 'anyone' }, offer)).toEqual({ kind: 'accept', folder: '/in' })
  expect(decideOffer(device({ policy: { accept: 'never' } }), { ...settings, accept: 'anyone' }, offer)).toMatchObject({ kind: 'refuse', reason: 'policy' })
  const full = device({ policy: { accept: 'always', quotaBytes: 150 }, receivedBytes: 51 })
  expect(decideOffer(full, settings, offer)).toMatchObject({ kind: 'refuse', reason: 'quota' })
})

test('a rate limit lets a second through and then holds back', async () => {
  const clock = new FakeClock()
  let rate = 1000
  const limit = new RateLimit(clock, () => rate)
  clock.run(1000)
  await limit.take(1500, new AbortController().signal)
  let taken = false
  const next = limit.take(10, new AbortController().signal).then(() => (taken = true))
  await clock.until(() => taken)
  await next
  expect(clock.monotonic()).toBeGreaterThanOrEqual(1_700_000_001_500)
  rate = 0
  await limit.take(1e9, new AbortController().signal)
  expect([lowerRate(0, 5), lowerRate(7, 0), lowerRate(7, 5), lowerRate(0, 0)]).toEqual([5, 7, 5, 0])
})

test('speed is that of the last five seconds', () => {
  const clock = new FakeClock()
  const meter = new SpeedMeter(clock)
  for (let second = 0; second <= 20; second += 1) {
    meter.update(second * 100)
    clock.run(1000)
  }
  expect(meter.bytesPerSecond(2000)).toBeGreaterThan(50)
  expect(meter.bytesPerSecond(2000)).toBeLessThanOrEqual(100)
})

test('a question is answered once, and one answer may stand for all of a transfer', () => {
  const removed: string[] = []
  const requests = new Requests({ changed: () => undefined, removed: (id) => removed.push(id) })
  const about = { deviceId: 'A', deviceName: 'a', createdAtMs: 0, here: { size: 1, mtimeMs: 0 }, offered: { size: 2, mtimeMs: 0 } }
  const answers: string[] = []
  for (const [id, transferId] of [['1', 't'], ['2', 't'], ['3', 'u']] as const) {
    requests.add({ kind: 'conflict', id, transferId, path: id, ...about }, (answer) => answers.push(`${id} ${answer.answer ?? ''}`))
  }
  requests.answer('1', { accept: true, always: false, answer: 'replace', forAll: true })
  expect(answers).toEqual(['1 replace', '2 replace'])
  expect(removed).toEqual(['1', '2'])
  expect(() => requests.answer('1', { accept: true, always: false, forAll: false })).toThrow(/no request 1/)
  expect(requests.size).toBe(1)
})
