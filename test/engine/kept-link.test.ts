import { expect, test } from 'vitest'
import type { LinkState } from '../../shared/model/device.ts'
import { KeptLink, TRY_AGAIN_MS } from '../../electron/engine/kept-link.ts'
import type { Link } from '../../electron/engine/session/ports.ts'
import { FakeClock } from '../support/fake-clock.ts'

const FAILED: LinkState = { kind: 'failed', error: { code: 'TRUST_REFUSED', message: 'no' } }

class FakeLink implements Link {
  state: LinkState = { kind: 'idle' }
  session = undefined
  released = 0
  nudged = 0
  listeners = new Set<(state: LinkState) => void>()
  onState(listener: (state: LinkState) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  nudge(): void {
    this.nudged += 1
  }
  release(): void {
    this.released += 1
  }
  tell(state: LinkState): void {
    this.state = state
    for (const listener of [...this.listeners]) listener(state)
  }
}

function kept() {
  const clock = new FakeClock()
  const links: FakeLink[] = []
  const link = new KeptLink(clock, () => {
    links.push(new FakeLink())
    return links.at(-1)!
  })
  return { clock, links, link }
}

test('a refusal is not the end: tried again after a while, or at once when there is a reason', () => {
  const { clock, links, link } = kept()
  links[0]!.tell(FAILED)
  links[0]!.tell(FAILED)
  clock.run(TRY_AGAIN_MS - 1)
  expect(links).toHaveLength(1)
  clock.run(1)
  expect(links).toHaveLength(2)
  expect(links[0]).toMatchObject({ released: 1 })
  links[1]!.tell(FAILED)
  link.again()
  expect(links).toHaveLength(3)
  link.again()
  expect(links[2]!.nudged).toBe(1)
  clock.run(10 * TRY_AGAIN_MS)
  expect(links).toHaveLength(3)
})

test('what is released stays so', () => {
  const { clock, links, link } = kept()
  links[0]!.tell(FAILED)
  link.release()
  link.again()
  clock.run(10 * TRY_AGAIN_MS)
  expect(links).toHaveLength(1)
  expect(clock.pending).toBe(0)
  expect(links[0]).toMatchObject({ released: 1 })
  expect(links[0]!.listeners.size).toBe(0)
})

test('a device that is not known now may be later', () => {
  const clock = new FakeClock()
  let known = false
  const link = new FakeLink()
  new KeptLink(clock, () => {
    if (!known) throw new Error('unknown')
    return link
  })
  known = true
  clock.run(TRY_AGAIN_MS)
  expect(link.listeners.size).toBe(1)
})
