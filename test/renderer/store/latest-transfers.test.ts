import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Transfer } from '../../../shared/model/transfer.ts'
import { LatestTransfers } from '../../../renderer/store/latest-transfers.ts'
import { demoDevice, demoTransfer } from '../../support/demo-data.ts'

const device = demoDevice(2, 'x')
const active = (number: number, bytes: number): Transfer => demoTransfer(number, device, { kind: 'active' }, { bytes })

describe('transfers whose numbers change', () => {
  const shown: (readonly Transfer[])[] = []
  let latest: LatestTransfers

  beforeEach(() => {
    vi.useFakeTimers()
    shown.length = 0
    latest = new LatestTransfers((transfers) => shown.push(transfers))
  })
  afterEach(() => {
    latest.stop()
    vi.useRealTimers()
  })

  test('are shown together and only the newest of each, four times a second', () => {
    for (let bytes = 1; bytes <= 10; bytes++) for (const number of [1, 2]) latest.put(active(number, bytes), active(number, 0))
    expect(shown).toEqual([])
    vi.advanceTimersByTime(250)
    expect(shown.map((some) => some.map(({ id, bytes }) => [id, bytes]))).toEqual([[[active(1, 0).id, 10], [active(2, 0).id, 10]]])
    vi.advanceTimersByTime(1000)
    expect(shown).toHaveLength(1)
  })

  test('a change of state is shown at once, after what was held of it', () => {
    latest.put(active(1, 5), active(1, 0))
    latest.put(demoTransfer(1, device, { kind: 'finished', complete: true }), active(1, 0))
    expect(shown).toMatchObject([[{ state: { kind: 'finished' } }]])
    vi.advanceTimersByTime(1000)
    expect(shown).toHaveLength(1)
  })

  test('one that nobody has seen is shown at once, one that is gone never', () => {
    latest.put(active(3, 1), undefined)
    expect(shown).toHaveLength(1)
    latest.put(active(3, 2), active(3, 1))
    latest.forget(active(3, 2).id)
    vi.advanceTimersByTime(1000)
    expect(shown).toHaveLength(1)
  })
})
