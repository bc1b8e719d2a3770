import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAddress, parseAddress, parseAddressLoosely, plainHost } from '../../../electron/engine/net/address.ts'
import { addressGroup, SocketLimiter } from '../../../electron/engine/net/socket-limits.ts'

test.each([
  ['127.0.0.1:4680', '127.0.0.1', 4680],
  ['[::]:0', '::', 0],
  ['[fe80::1%eth0]:65535', 'fe80::1%eth0', 65_535],
  ['nas.local:80', 'nas.local', 80],
  ['My-NAS_2:80', 'My-NAS_2', 80],
  ['münchen.example:80', 'münchen.example', 80],
  ['host.:80', 'host.', 80],
])('%s is an address', (text, host, port) => {
  expect(parseAddress(text)).toEqual({ host, port })
  expect(formatAddress({ host, port })).toBe(text)
})

test.each([
  '', ':', ':80', 'host', 'host:', 'host:65536', 'host:-1', 'host:8x', 'host:123456', '::1:80', '[::1]', '[::1]80', '[host]:80', '[]:80',
  'a b:80', 'a\n:80', '1.2.3:80', '1.2.3.4.5:80', '999.1.1.1:80', 'a..b:80', '.a:80', '-a:80', 'a-:80', 'user@host:80', 'http://host:80',
  `${'a'.repeat(300)}:80`, '\u001b[31m:80',
])('%j is none', (text) => {
  expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'USAGE_INVALID', message: expect.stringContaining('HOST:PORT') }))
})

test('loosely, the port may be missing', () => {
  expect(parseAddressLoosely('nas')).toEqual({ host: 'nas', port: 4680 })
  expect(parseAddressLoosely('nas', 1)).toEqual({ host: 'nas', port: 1 })
  expect(parseAddressLoosely('nas:2')).toEqual({ host: 'nas', port: 2 })
  expect(parseAddressLoosely('::1')).toEqual({ host: '::1', port: 4680 })
  expect(parseAddressLoosely('[::1]')).toEqual({ host: '::1', port: 4680 })
  expect(() => parseAddressLoosely('a b')).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
})

test('whatever is typed gives an address that survives formatting, or USAGE_INVALID without raw control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        const address = parseAddress(text)
        expect(parseAddress(formatAddress(address))).toEqual(address)
      } catch (error) {
        expect(error).toMatchObject({ code: 'USAGE_INVALID' })
        expect((error as Error).message).not.toMatch(/[\u0000-\u001f]/)
      }
    }),
  )
})

test('mapped IPv4 is shown as IPv4', () => {
  expect(plainHost('::ffff:192.0.2.1')).toBe('192.0.2.1')
  expect(plainHost('::1')).toBe('::1')
})

describe('the socket limiter', () => {
  const limits = { sockets: 6, handshaking: 5, handshakingPerAddress: 2, handshakeMs: 1 }

  test('counts an IPv6 network as one', () => {
    expect(addressGroup('2001:db8:0:1::5')).toBe(addressGroup('2001:0db8::1:ffff:2:3:4'))
    expect(addressGroup('2001:db8:0:1::5')).not.toBe(addressGroup('2001:db8:0:2::5'))
    expect(addressGroup('fe80::1%eth0')).not.toBe(addressGroup('fe80::1%eth1'))
    expect(addressGroup('::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(addressGroup('::1')).toBe('0:0:0:0::/64%')
  })

  test('admits up to each limit, and again when there is room', () => {
    const limiter = new SocketLimiter(limits)
    const a = limiter.admit('a')
    expect(limiter.admit('a')).toBeDefined()
    expect(limiter.admit('a')).toBeUndefined()
    a?.established()
    a?.established()
    const third = limiter.admit('a')
    expect(third).toBeDefined()
    expect([limiter.sockets, limiter.handshaking]).toEqual([3, 2])
    for (const address of ['b', 'c', 'd']) expect(limiter.admit(address)).toBeDefined()
    expect(limiter.admit('e')).toBeUndefined()
    third?.closed()
    third?.closed()
    expect([limiter.sockets, limiter.handshaking]).toEqual([5, 4])
    expect(limiter.admit('e')).toBeDefined()
  })

  test('handshakes of many addresses together are limited', () => {
    const limiter = new SocketLimiter({ ...limits, sockets: 100 })
    const admitted = Array.from({ length: 20 }, (_, at) => limiter.admit(`address ${at}`)).filter(Boolean)
    expect(admitted.length).toBe(5)
  })
})
