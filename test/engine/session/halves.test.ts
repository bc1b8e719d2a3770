import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../electron/engine/protocol/protocol-error.ts'
import { backoffMs } from '../../../electron/engine/session/backoff.ts'
import { Fifo } from '../../../electron/engine/session/fifo.ts'
import { Inbound } from '../../../electron/engine/session/inbound.ts'
import { Outbound } from '../../../electron/engine/session/outbound.ts'
import { RoundTrip } from '../../../electron/engine/session/round-trip.ts'
import { SendWindow } from '../../../electron/engine/session/send-window.ts'
import { DEFAULT_TUNABLES } from '../../../electron/engine/session/tunables.ts'
import { judge } from '../../../electron/engine/session/watchdog.ts'
import type { Vitals } from '../../../electron/engine/session/watchdog.ts'
import { BytePool } from '../../../electron/engine/util/byte-pool.ts'

const control = () => new Uint8Array(30)
const nothing = () => {}

function bulkFrom(pool: BytePool) {
  const buffer = pool.acquire()!
  buffer.length = 100
  return buffer
}

function writeAll(outbound: Outbound, ack = 0) {
  const written = []
  for (let message = outbound.next(ack, 0); message; message = outbound.next(ack, 0)) written.push(message)
  return written
}

describe('outbound', () => {
  it('gives ids when written, control first', () => {
    const pool = new BytePool(200, 4)
    const outbound = new Outbound()
    outbound.queueBulk(0x80, bulkFrom(pool))
    outbound.queueControl(0x2b, control())
    expect(writeAll(outbound).map(({ type, id }) => [type, id])).toEqual([[0x2b, 1], [0x80, 2]])
    expect([outbound.bulkBytes, outbound.controlBytes]).toEqual([100, 30])
  })

  it('releases memory only when acknowledged and no longer being written', () => {
    const pool = new BytePool(200, 4)
    const outbound = new Outbound()
    outbound.queueBulk(0x80, bulkFrom(pool))
    const [message] = writeAll(outbound)
    outbound.acknowledge(1, nothing)
    expect([pool.loaned, outbound.isEmpty]).toEqual([1, true])
    outbound.wrote(message!)
    expect(pool.loaned).toBe(0)

    outbound.queueBulk(0x80, bulkFrom(pool))
    outbound.wrote(writeAll(outbound)[0]!)
    expect(pool.loaned).toBe(1)
    outbound.acknowledge(2, nothing)
    expect(pool.loaned).toBe(0)

    outbound.queueBulk(0x80, bulkFrom(pool))
    outbound.queueBulk(0x80, bulkFrom(pool))
    const again = outbound.next(0, 0)!
    outbound.reset()
    expect(pool.loaned).toBe(1)
    outbound.wrote(again)
    expect(pool.loaned).toBe(0)
  })

  it('sends everything unacknowledged again, in order, before anything new', () => {
    const outbound = new Outbound()
    for (let count = 0; count < 4; count++) outbound.queueControl(count, control())
    writeAll(outbound).forEach((message) => outbound.wrote(message))
    outbound.acknowledge(1, nothing)
    outbound.queueControl(9, control())
    outbound.resend()
    expect(writeAll(outbound).map(({ type, id }) => [type, id])).toEqual([[1, 2], [2, 3], [3, 4], [9, 5]])
    expect(writeAll(outbound)).toEqual([])
    outbound.resend()
    outbound.next(0, 0)
    outbound.acknowledge(3, nothing)
    expect(writeAll(outbound).map(({ id }) => id)).toEqual([4, 5])
  })

  it('leaves a header alone while a socket reads it', () => {
    const outbound = new Outbound()
    outbound.queueControl(1, control())
    const message = outbound.next(5, 0)!
    outbound.resend()
    outbound.next(6, 0)
    expect(message.frame[20]).toBe(5)
    outbound.wrote(message)
    outbound.wrote(message)
    outbound.resend()
    outbound.next(7, 0)
    expect(message.frame[20]).toBe(7)
  })

  it('knows which acknowledgements cannot be', () => {
    const outbound = new Outbound()
    outbound.queueControl(1, control())
    outbound.queueControl(1, control())
    writeAll(outbound)
    outbound.acknowledge(1, nothing)
    outbound.acknowledge(0, nothing)
    expect([0, 1, 2, 3].map((received) => outbound.canResume(received))).toEqual([false, true, true, false])
    expect(() => outbound.acknowledge(3, nothing)).toThrow(ProtocolError)
  })
})

describe('inbound', () => {
  it('drops repeats, refuses gaps, and knows when an acknowledgement is owed', () => {
    const inbound = new Inbound(1000)
    expect(inbound.ackDue).toBe('none')
    expect(inbound.isNew(1)).toBe(true)
    inbound.accepted(1, 100)
    expect([inbound.isNew(1), inbound.ackDue, inbound.received]).toEqual([false, 'soon', 1])
    expect(() => inbound.isNew(3)).toThrow(ProtocolError)
    inbound.accepted(2, 900)
    expect(inbound.ackDue).toBe('now')
    inbound.told()
    expect(inbound.ackDue).toBe('none')
    inbound.repeated()
    expect(inbound.ackDue).toBe('now')
  })
})

describe('the watchdog', () => {
  const calm: Vitals = {
    heardMs: 0, spokeMs: 0, insideFrame: false, paused: false, oldestMs: undefined, repeated: false, pingedMs: undefined, progressMs: 0,
    timeoutMs: 3000,
  }
  const cases: [string, Partial<Vitals>, number, ReturnType<typeof judge>][] = [
    ['waits for the keepalive', {}, 100, { verdict: 'wait', againMs: 15_000 }],
    ['pings', {}, 15_000, { verdict: 'ping', againMs: Infinity }],
    ['waits for the pong', { pingedMs: 15_000 }, 16_000, { verdict: 'wait', againMs: 30_000 }],
    ['gives up without a pong', { pingedMs: 15_000 }, 30_000, { verdict: 'silent', againMs: Infinity }],
    ['waits for an acknowledgement', { oldestMs: 500 }, 600, { verdict: 'wait', againMs: 3500 }],
    ['repeats', { oldestMs: 500 }, 3500, { verdict: 'repeat', againMs: Infinity }],
    ['counts from the last word of the peer', { oldestMs: 500, heardMs: 2000 }, 3500, { verdict: 'wait', againMs: 5000 }],
    ['gives up after a repeat', { oldestMs: 3500, repeated: true }, 6500, { verdict: 'silent', againMs: Infinity }],
    ['gives up a peer that takes nothing', { oldestMs: 0, heardMs: 59_999 }, 60_000, { verdict: 'stalled', againMs: 62_999 }],
    ['tells a slow peer that bytes arrive', { insideFrame: true, heardMs: 900 }, 1000, { verdict: 'ack', againMs: Infinity }],
    ['does not when nothing arrives', { insideFrame: true, spokeMs: 950, heardMs: 900 }, 2000, { verdict: 'wait', againMs: 15_900 }],
    ['does not blame the peer while it does not read', { paused: true, oldestMs: 0, spokeMs: 99_500, pingedMs: 99_000 }, 100_000, { verdict: 'wait', againMs: 100_500 }],
    ['shows life while it does not read', { paused: true, oldestMs: 0 }, 1000, { verdict: 'alive', againMs: Infinity }],
  ]
  it.each(cases)('%s', (_what, vitals, nowMs, expected) => {
    expect(judge({ ...calm, ...vitals }, DEFAULT_TUNABLES, nowMs)).toEqual(expected)
  })
})

describe('numbers', () => {
  it('backoff: at once, then doubling with full jitter, to a limit', () => {
    const limits = { baseMs: 500, maxMs: 30_000 }
    expect([1, 2, 3, 4, 8, 9, 100, 10_000].map((attempt) => backoffMs(attempt, 0.999999, limits))).toEqual([
      0, 499, 999, 1999, 29_999, 29_999, 29_999, 29_999,
    ])
    expect(backoffMs(7, 0, limits)).toBe(0)
  })

  it('round trip: smoothed, within bounds', () => {
    const time = new RoundTrip(3000, 60_000)
    expect(time.timeoutMs).toBe(3000)
    time.sample(2)
    expect(time.timeoutMs).toBe(3000)
    for (let count = 0; count < 100; count++) time.sample(8000)
    expect(time.timeoutMs).toBeGreaterThan(7999)
    expect(time.timeoutMs).toBeLessThan(9000)
    for (let count = 0; count < 100; count++) time.sample(100_000)
    expect(time.timeoutMs).toBe(60_000)
  })

  it('window: grows while it limits, halves at a timeout, one message always fits', () => {
    const window = new SendWindow({ windowStartBytes: 16, windowMinBytes: 4, windowMaxBytes: 32 })
    expect([window.fits(0, 100), window.fits(8, 8)]).toEqual([true, true])
    window.acknowledged(8)
    expect(window.bytes).toBe(16)
    expect(window.fits(10, 7)).toBe(false)
    window.acknowledged(8)
    expect(window.bytes).toBe(18)
    for (let count = 0; count < 5; count++) window.timedOut()
    expect(window.bytes).toBe(4)
    for (let count = 0; count < 100; count++) {
      window.fits(31, 2)
      window.acknowledged(8)
    }
    expect(window.bytes).toBeLessThanOrEqual(32)
  })

  it('a queue keeps order over many turns', () => {
    const queue = new Fifo<number>()
    let next = 0
    let expected = 0
    for (let round = 0; round < 5000; round++) {
      for (let count = 0; count < (round % 3) + 1; count++) queue.push(next++)
      for (let count = 0; count < (round % 4); count++) if (queue.length > 0) expect(queue.shift()).toBe(expected++)
    }
    expect(queue.at(0)).toBe(expected)
    while (queue.length > 0) expect(queue.shift()).toBe(expected++)
    expect([expected, queue.shift()]).toEqual([next, undefined])
  })
})
