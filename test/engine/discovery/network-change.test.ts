import { expect, test } from 'vitest'
import { systemInterfaces, watchNetwork, type NetworkChange } from '../../../electron/engine/discovery/network-change.ts'
import type { Interfaces } from '../../../electron/engine/discovery/sort-addresses.ts'
import { v4 } from './fixtures.ts'
import { HeldClock } from './held-clock.ts'

function watched() {
  const clock = new HeldClock()
  const changes: NetworkChange[] = []
  const network = { interfaces: { eth0: [v4('192.0.2.2')] } as Interfaces }
  const stop = watchNetwork(clock, (change) => changes.push(change), () => network.interfaces)
  return { clock, changes, network, stop }
}

test('new and lost addresses are noticed within five seconds, once', () => {
  const { clock, changes, network } = watched()
  clock.advance(60_000)
  expect(changes).toEqual([])
  network.interfaces = { eth0: [v4('192.0.2.3')] }
  clock.advance(5_000)
  network.interfaces = {}
  clock.advance(5_000)
  clock.advance(60_000)
  expect(changes).toEqual(['addresses', 'addresses'])
})

test('the same addresses in another order are no change', () => {
  const { clock, changes, network } = watched()
  network.interfaces = { wlan0: [v4('192.0.2.9')], eth0: [v4('192.0.2.2')] }
  clock.advance(5_000)
  network.interfaces = { eth0: [v4('192.0.2.2')], wlan0: [v4('192.0.2.9')] }
  clock.advance(5_000)
  expect(changes).toEqual(['addresses'])
})

test('sleep is noticed when the wall clock jumps', () => {
  const { clock, changes } = watched()
  clock.sleep(60_000)
  clock.advance(5_000)
  clock.sleep(10_000)
  clock.advance(5_000)
  expect(changes).toEqual(['woke'])
})

test('it can be stopped, also from within', () => {
  const { clock, changes, stop, network } = watched()
  stop()
  network.interfaces = {}
  clock.advance(60_000)
  expect([changes, clock.pending]).toEqual([[], 0])

  const told: NetworkChange[] = []
  const again: { stop?: () => void } = {}
  again.stop = watchNetwork(
    clock,
    (change) => {
      told.push(change)
      again.stop?.()
    },
    () => network.interfaces,
  )
  network.interfaces = { eth0: [v4('192.0.2.2')] }
  clock.sleep(60_000)
  clock.advance(60_000)
  expect([told, clock.pending]).toEqual([['woke'], 0])
})

test('the machine has addresses', () => {
  expect(Object.keys(systemInterfaces()).length).toBeGreaterThan(0)
})
