import { expect, test } from 'vitest'
import type { LinkState } from '../../shared/model/device.ts'
import { HOLD_MS, KNOCK_MS, Knocking, ROUND_MS } from '../../electron/engine/knocking.ts'
import type { Link } from '../../electron/engine/session/ports.ts'
import { FakeClock } from '../support/fake-clock.ts'

const CONNECTED: LinkState = { kind: 'connected', address: { host: 'h', port: 1 }, sinceMs: 0 }

function knocking(devices: string[] = ['x']) {
  const clock = new FakeClock()
  const links: { id: string; released: boolean; tell(state: LinkState): void }[] = []
  const rounds = new Knocking({
    clock,
    devices: () => devices,
    connect(id): Link {
      const listeners = new Set<(state: LinkState) => void>()
      const link = { id, released: false, tell: (state: LinkState) => [...listeners].forEach((listener) => listener(state)) }
      links.push(link)
      return {
        state: { kind: 'idle' }, session: undefined, nudge: () => undefined,
        onState: (listener) => {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
        release: () => {
          link.released = true
        },
      }
    },
  })
  return { clock, links, rounds }
}

test('holds a connection for a moment, and comes again', () => {
  const { clock, links, rounds } = knocking(['x', 'y'])
  rounds.round()
  expect(links.map(({ id }) => id)).toEqual(['x', 'y'])
  links[0]!.tell(CONNECTED)
  clock.run(HOLD_MS)
  expect(links.map(({ released }) => released)).toEqual([true, false])
  clock.run(KNOCK_MS)
  expect(links.map(({ released }) => released)).toEqual([true, true])
  clock.run(ROUND_MS)
  expect(links).toHaveLength(4)
})

test('knocks at no door twice at once, and not after the end', () => {
  const { clock, links, rounds } = knocking()
  rounds.round()
  rounds.at('x')
  expect(links).toHaveLength(1)
  links[0]!.tell({ kind: 'failed', error: { code: 'TRUST_REFUSED', message: '' } })
  expect(links[0]!.released).toBe(true)
  rounds.at('x')
  expect(links).toHaveLength(2)
  rounds.close()
  expect(links[1]!.released).toBe(true)
  rounds.at('x')
  rounds.round()
  clock.run(2 * ROUND_MS)
  expect(links).toHaveLength(2)
  expect(clock.pending).toBe(0)
})
