import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { instanceName, readService, txtOf } from '../../../electron/engine/discovery/advertisement.ts'
import { MAX_SEEN_DEVICES, type SeenDevice } from '../../../electron/engine/discovery/ports.ts'
import { GONE_AFTER_MS, SeenDevices } from '../../../electron/engine/discovery/seen-devices.ts'
import { sortAddresses } from '../../../electron/engine/discovery/sort-addresses.ts'
import { idOf, v4, v6 } from './fixtures.ts'

const interfaces = { lo: [v4('127.0.0.1', '255.0.0.0'), v6('::1')], eth0: [v4('192.0.2.2'), v6('fd00::2'), v6('fe80::2')] }

describe('addresses', () => {
  const sort = (claimed: string[], fromHere = false) => sortAddresses(claimed, interfaces, { fromHere, limit: 20 })

  test('of the same subnet come first, link-local IPv6 with its interface last', () => {
    expect(sort(['fe80::9', '2001:db8::1', '169.254.3.4', '10.0.0.1', 'fd00::7', '192.0.2.9']))
      .toEqual(['192.0.2.9', 'fd00::7', '10.0.0.1', '2001:db8::1', '169.254.3.4', process.platform === 'win32' ? 'fe80::9%2' : 'fe80::9%eth0'])
  })

  test('that cannot be a device are left out', () => {
    expect(sort(['0.0.0.0', '0.1.2.3', '224.0.0.251', '255.255.255.255', 'ff02::fb', '::', '::ffff:1.2.3.4', '127.0.0.1', '::1', 'x', '', 'fe80::1%evil', '1.2.3.4:5']))
      .toEqual([])
  })

  test('of loopback count only when said by this machine', () => {
    expect(sort(['127.0.0.1', '192.0.2.2'], true)).toEqual(['192.0.2.2', '127.0.0.1'])
  })

  test('are not repeated, and limited', () => {
    expect(sortAddresses(['10.0.0.1', '10.0.0.1', '10.0.0.2', '10.0.0.3'], interfaces, { fromHere: false, limit: 2 })).toEqual(['10.0.0.1', '10.0.0.2'])
  })
})

describe('a service', () => {
  const good = { port: 4680, txt: { id: idOf('a'), name: 'NAS', v: '1' }, addresses: ['192.0.2.9'], referer: { address: '192.0.2.9' } }

  test('as specified is a device', () => {
    expect(readService(good, interfaces)).toEqual({ deviceId: idOf('a'), name: 'NAS', version: 1, addresses: [{ host: '192.0.2.9', port: 4680 }] })
  })

  test('without address records is at the address it spoke from', () => {
    expect(readService({ ...good, addresses: [] }, interfaces)?.addresses).toEqual([{ host: '192.0.2.9', port: 4680 }])
    expect(readService({ ...good, addresses: undefined, referer: { address: '127.0.0.1' } }, interfaces)?.addresses).toEqual([{ host: '127.0.0.1', port: 4680 }])
  })

  test.each([
    ['port 0', { port: 0 }],
    ['port 65536', { port: 65_536 }],
    ['a port that is no number', { port: '4680' }],
    ['no text', { txt: undefined }],
    ['no id', { txt: { name: 'x', v: '1' } }],
    ['an id that is none', { txt: { ...good.txt, id: 'abc' } }],
    ['an id in small letters', { txt: { ...good.txt, id: good.txt.id.toLowerCase() } }],
    ['an id that is no text', { txt: { ...good.txt, id: [] } }],
    ['an inherited id', { txt: Object.create(good.txt) as unknown }],
    ['no version', { txt: { id: good.txt.id } }],
    ['version 0', { txt: { ...good.txt, v: '0' } }],
    ['a version that is none', { txt: { ...good.txt, v: '1e9' } }],
    ['no usable address', { addresses: ['224.0.0.1'], referer: { address: '::' } }],
  ])('with %s is none', (_what, change) => {
    expect(readService({ ...good, ...change }, interfaces)).toBeUndefined()
  })

  test('with a hostile name has a tame one', () => {
    const named = (name: unknown) => readService({ ...good, txt: { ...good.txt, name } }, interfaces)?.name
    expect(named('\u001b[31m\u202Eevil\n')).toBe('[31mevil')
    expect(Buffer.byteLength(named('ü'.repeat(10_000)) ?? '')).toBe(256)
    expect(named(5)).toBe('')
    expect(named(undefined)).toBe('')
  })

  test('of any shape is a device or nothing, and never throws', () => {
    const anything = fc.anything({ withNullPrototype: true })
    fc.assert(
      fc.property(fc.record({ port: anything, txt: anything, addresses: anything, referer: fc.record({ address: anything }) }, { requiredKeys: [] }), (service) => {
        expect(readService(service, interfaces)).toBeUndefined()
      }),
    )
  })

  test('of ours fits into TXT strings', () => {
    const txt = txtOf({ deviceId: idOf('a'), name: '😀'.repeat(100), port: 1, version: 1 })
    for (const [key, value] of Object.entries(txt)) expect(Buffer.byteLength(`${key}=${value}`)).toBeLessThanOrEqual(255)
    expect(txt['name']).toBe('😀'.repeat(50))
    expect(instanceName(idOf('a'))).toMatch(/^holdfast-[a-z2-7]{12}$/)
  })
})

describe('what is seen', () => {
  const device = (seed: string, ...hosts: string[]): SeenDevice => ({
    deviceId: idOf(seed), name: seed, version: 1, addresses: (hosts.length > 0 ? hosts : ['192.0.2.9']).map((host) => ({ host, port: 1 })),
  })

  test('is news once, and again when it changes', () => {
    const seen = new SeenDevices(idOf('me'))
    expect(seen.hear('s', device('a'), 0)).toEqual(device('a'))
    expect(seen.hear('s', device('a'), 1)).toBeUndefined()
    expect(seen.hear('s', device('a', '192.0.2.10'), 2)).toEqual(device('a', '192.0.2.10'))
    expect(seen.list()).toEqual([device('a', '192.0.2.10')])
  })

  test('leaves out ourselves', () => {
    expect(new SeenDevices(idOf('me')).hear('s', device('me'), 0)).toBeUndefined()
  })

  test('of two sources is joined: a forged claim removes no address', () => {
    const seen = new SeenDevices(idOf('me'))
    seen.hear('forged', device('a', ...Array.from({ length: 12 }, (_, at) => `10.0.0.${at + 1}`)), 0)
    const joined = seen.hear('true', device('a', '192.0.2.9'), 0)
    expect(joined?.addresses.length).toBe(12)
    expect(joined?.addresses.slice(0, 2).map(({ host }) => host)).toEqual(['10.0.0.1', '192.0.2.9'])
    expect(seen.forget('forged', idOf('a'))).toBeUndefined()
    expect(seen.list()).toEqual([device('a')])
    expect(seen.forget('true', idOf('a'))).toBe(idOf('a'))
    expect(seen.forget('true', idOf('a'))).toBeUndefined()
  })

  test('is bounded in devices and sources', () => {
    const seen = new SeenDevices(idOf('me'))
    for (let at = 0; at < MAX_SEEN_DEVICES + 100; at += 1) seen.hear('s', device(`${at}`), 0)
    expect(seen.list().length).toBe(MAX_SEEN_DEVICES)
    for (let at = 0; at < 100; at += 1) seen.hear(`s${at}`, device('0', `10.0.0.${at}`), 0)
    expect(seen.list()[0]?.addresses.length).toBe(4)
  })

  test('is gone when it is not heard of any more', () => {
    const seen = new SeenDevices(idOf('me'))
    seen.hear('s', device('a'), 0)
    seen.hear('s', device('b'), 1000)
    expect(seen.expire(GONE_AFTER_MS)).toEqual([])
    expect(seen.expire(GONE_AFTER_MS + 1)).toEqual([idOf('a')])
    expect(seen.list()).toEqual([device('b')])
  })
})
