import { describe, expect, test } from 'vitest'
import { reconnectWaitMs } from '../../../renderer/page-bridge.ts'
import { secondName } from '../../../renderer/features/requests/conflict-card.tsx'
import { parseAddress } from '../../../renderer/features/send/address.ts'
import { commandFor, shortcutText, type KeyPress } from '../../../renderer/features/shell/keys.ts'
import { moveTarget, possibleFor } from '../../../renderer/features/transfers/transfer-actions.ts'
import { demoDevice, demoTransfer } from '../../support/demo-data.ts'

const press = (key: string, options: Partial<KeyPress> = {}): KeyPress => ({
  key,
  code: /^\d$/.test(key) ? `Digit${key}` : `Key${key.toUpperCase()}`,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  typing: false,
  ...options,
})

describe('keys', () => {
  test('go to pages with Ctrl in Electron, with Alt in a browser, with Command on a Mac', () => {
    expect(commandFor(press('2', { ctrlKey: true }), 'electron', 'linux')).toEqual({ kind: 'page', index: 1 })
    expect(commandFor(press('2', { ctrlKey: true }), 'page', 'linux')).toBeNull()
    expect(commandFor(press('2', { altKey: true }), 'page', 'linux')).toEqual({ kind: 'page', index: 1 })
    expect(commandFor(press('2', { metaKey: true }), 'electron', 'darwin')).toEqual({ kind: 'page', index: 1 })
    expect(commandFor(press('2', { ctrlKey: true }), 'electron', 'darwin')).toBeNull()
  })

  test('letters stay letters while somebody types', () => {
    expect(commandFor(press('?', { typing: true }), 'page', 'linux')).toBeNull()
    expect(commandFor(press('?'), 'page', 'linux')).toEqual({ kind: 'help' })
    expect(commandFor(press('Escape', { typing: true }), 'page', 'linux')).toBeNull()
    expect(commandFor(press('o', { ctrlKey: true, typing: true }), 'page', 'linux')).toEqual({ kind: 'choose', what: 'file' })
  })

  test('are written as they are pressed', () => {
    expect(shortcutText('page', 'electron', 'darwin', 2)).toBe('⌘+3')
    expect(shortcutText('page', 'page', 'linux', 2)).toBe('Alt+3')
  })
})

describe('typed addresses', () => {
  test.each([
    ['192.168.1.20', { host: '192.168.1.20', port: 4680 }],
    [' nas.local:5000 ', { host: 'nas.local', port: 5000 }],
    ['[fe80::1%eth0]:99', { host: 'fe80::1%eth0', port: 99 }],
    ['[::1]', { host: '::1', port: 4680 }],
    ['fe80::1', { host: 'fe80::1', port: 4680 }],
  ])('%s is understood', (text, address) => {
    expect(parseAddress(text)).toEqual(address)
  })

  test.each(['', ' ', 'a b', 'host:', 'host:0', 'host:70000', 'http://host', 'user@host', '[::1', 'x'.repeat(300), 'a:b:c:d'])('%j is refused', (text) => {
    expect(parseAddress(text)).toBeNull()
  })
})

describe('what can be done with a transfer', () => {
  const device = demoDevice(2, 'x')
  const queue = [1, 2, 3].map((seed) => demoTransfer(seed, device, { kind: 'queued' }, { order: seed }))
  const [first, second, third] = queue
  if (!first || !second || !third) throw new Error('no queue')
  const stranger = demoTransfer(9, demoDevice(8, 'y'), { kind: 'queued' }, { order: 2 })

  test('it moves among those of its own device', () => {
    const waiting = [first, stranger, second, third]
    expect(moveTarget(waiting, second, -1)).toEqual({ before: first.id, position: 1 })
    expect(moveTarget(waiting, first, 1)).toEqual({ before: third.id, position: 2 })
    expect(moveTarget(waiting, second, 1)).toEqual({ position: 3 })
    expect(moveTarget(waiting, third, 1)).toBeNull()
    expect(moveTarget(waiting, first, -1)).toBeNull()
    expect(moveTarget(waiting, stranger, 1)).toBeNull()
  })

  test('a pause of the other side is not ours to end', () => {
    expect(possibleFor({ ...first, state: { kind: 'paused', by: 'them' } })).toMatchObject({ resume: false, pause: true, cancel: true })
    expect(possibleFor({ ...first, state: { kind: 'paused', by: 'us' } })).toMatchObject({ resume: true, pause: false })
    expect(possibleFor({ ...first, state: { kind: 'finished', complete: false } })).toMatchObject({ retry: true, cancel: false })
    expect(possibleFor({ ...first, direction: 'receive', state: { kind: 'failed', error: { code: 'DISK_ERROR', message: '' } } })).toMatchObject({ retry: false })
  })
})

test('a second copy’s name keeps its extension', () => {
  expect(secondName('report.tar.gz')).toBe('report.tar (2).gz')
  expect(secondName('.profile')).toBe('.profile (2)')
  expect(secondName('Makefile')).toBe('Makefile (2)')
})

test('reconnecting waits longer each time, up to ten seconds, never all pages at once', () => {
  expect(reconnectWaitMs(1, 0.5)).toBe(500)
  expect(reconnectWaitMs(2, 0.5)).toBe(1000)
  expect(reconnectWaitMs(30, 0.5)).toBe(10_000)
  expect(reconnectWaitMs(1, 0)).toBeLessThan(reconnectWaitMs(1, 1))
})
