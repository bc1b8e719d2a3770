import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  nextPairing, pairingCode, pairingCommitment, startPairing, type PairingEvent, type PairingState,
} from '../../../electron/engine/identity/pairing.ts'
import { PAIRING_WINDOW_MS, PairingLimiter } from '../../../electron/engine/identity/pairing-limiter.ts'
import type { PairingMessage } from '../../../electron/engine/protocol/messages.ts'
import type { Clock } from '../../../electron/engine/util/clock.ts'

const keys = { initiator: Buffer.alloc(91, 1), responder: Buffer.alloc(91, 2) }
const nonces = { initiator: Buffer.alloc(32, 3), responder: Buffer.alloc(32, 4) }

class Side {
  state: PairingState
  outbox: PairingMessage[]

  constructor(role: 'initiator' | 'responder', ownKeys = keys) {
    const step = startPairing(role, ownKeys, nonces[role])
    this.state = step.state
    this.outbox = [...step.send]
  }

  on(event: PairingEvent): this {
    const step = nextPairing(this.state, event)
    this.state = step.state
    this.outbox.push(...step.send)
    return this
  }

  hear(...messages: PairingMessage[]): this {
    for (const message of messages) this.on({ kind: 'message', message })
    return this
  }

  get failure() {
    return this.state.kind === 'failed' ? this.state.error.code : undefined
  }
}

function exchange(one: Side, two: Side) {
  while (one.outbox.length + two.outbox.length > 0) {
    two.hear(...one.outbox.splice(0))
    one.hear(...two.outbox.splice(0))
  }
}

function compared() {
  const initiator = new Side('initiator')
  const responder = new Side('responder')
  exchange(initiator, responder)
  return { initiator, responder }
}

test('golden: commitment and code', () => {
  const sha = (...parts: (string | Buffer)[]) => createHash('sha256').update(Buffer.concat(parts.map((part) => Buffer.from(part as string)))).digest()
  const pubs = [keys.initiator, keys.responder]
  expect(Buffer.from(pairingCommitment(keys, nonces.initiator))).toEqual(sha('holdfast/1 pair', ...pubs, nonces.initiator))
  const digest = sha('sas', ...pubs, nonces.initiator, nonces.responder)
  const code = String(BigInt(`0x${digest.subarray(0, 8).toString('hex')}`) % 1_000_000n).padStart(6, '0')
  expect(pairingCode(keys, nonces.initiator, nonces.responder)).toBe(code)
  expect(code).toMatch(/^\d{6}$/)
})

test('both show the same code, and are paired when both users agree, in either order', () => {
  for (const first of ['initiator', 'responder'] as const) {
    const sides = compared()
    const code = pairingCode(keys, nonces.initiator, nonces.responder)
    expect(sides.initiator.state).toEqual({ kind: 'compare', code, confirmedHere: false, confirmedThere: false })
    expect(sides.responder.state).toEqual(sides.initiator.state)
    sides[first].on({ kind: 'answer', accept: true })
    exchange(sides.initiator, sides.responder)
    expect(sides[first].state).toMatchObject({ confirmedHere: true, confirmedThere: false })
    const second = first === 'initiator' ? 'responder' : 'initiator'
    expect(sides[second].state).toMatchObject({ confirmedHere: false, confirmedThere: true })
    sides[second].on({ kind: 'answer', accept: true })
    exchange(sides.initiator, sides.responder)
    expect([sides.initiator.state.kind, sides.responder.state.kind]).toEqual(['paired', 'paired'])
  }
})

test('one confirmation, said twice, is one', () => {
  const { initiator } = compared()
  initiator.on({ kind: 'answer', accept: true }).on({ kind: 'answer', accept: true })
  expect(initiator.outbox).toEqual([{ type: 'pair-confirm' }])
  initiator.hear({ type: 'pair-confirm' }).hear({ type: 'pair-confirm' })
  expect(initiator.state.kind).toBe('paired')
  const { responder } = compared()
  responder.hear({ type: 'pair-confirm' }, { type: 'pair-confirm' })
  expect(responder.failure).toBe('PEER_PROTOCOL')
})

test('a refusal ends both sides', () => {
  const { initiator, responder } = compared()
  responder.on({ kind: 'answer', accept: false })
  exchange(initiator, responder)
  expect([initiator.failure, responder.failure]).toEqual(['PAIRING_REFUSED', 'PAIRING_REFUSED'])
})

test('a nonce that does not fit the commitment ends both sides before a code is shown', () => {
  const initiator = new Side('initiator')
  const responder = new Side('responder').hear(...initiator.outbox)
  responder.hear({ type: 'pair-reveal', nonce: Buffer.alloc(32, 99) })
  expect(responder.failure).toBe('PEER_PROTOCOL')
  expect(responder.outbox.at(-1)).toEqual({ type: 'pair-cancel', reason: 'mismatch' })
})

test('other keys, as with somebody in the middle, end the pairing or show other codes', () => {
  const responder = new Side('responder', { initiator: Buffer.alloc(91, 66), responder: keys.responder })
  responder.hear(...new Side('initiator').outbox).hear({ type: 'pair-reveal', nonce: nonces.initiator })
  expect(responder.failure).toBe('PEER_PROTOCOL')
  expect(pairingCode({ ...keys, initiator: Buffer.alloc(91, 66) }, nonces.initiator, nonces.responder))
    .not.toBe(pairingCode(keys, nonces.initiator, nonces.responder))
})

const commit = { type: 'pair-commit', commitment: Buffer.alloc(32) } as const
const nonce = { type: 'pair-nonce', nonce: Buffer.alloc(32) } as const
const reveal = { type: 'pair-reveal', nonce: Buffer.alloc(32) } as const
const confirm = { type: 'pair-confirm' } as const

test.each<[string, () => Side, PairingMessage]>([
  ['a commitment to the initiator', () => new Side('initiator'), commit],
  ['a reveal to the initiator', () => new Side('initiator'), reveal],
  ['a confirmation before the code', () => new Side('initiator'), confirm],
  ['a confirmation before the commitment', () => new Side('responder'), confirm],
  ['a reveal before the commitment', () => new Side('responder'), reveal],
  ['a second commitment', () => new Side('responder').hear(commit), commit],
  ['a second nonce', () => new Side('initiator').hear(nonce), nonce],
  ['a nonce of another length', () => new Side('initiator'), { type: 'pair-nonce', nonce: Buffer.alloc(31) }],
  ['a commitment of another length', () => new Side('responder'), { type: 'pair-commit', commitment: Buffer.alloc(33) }],
  ['a reveal of another length', () => new Side('responder').hear(commit), { type: 'pair-reveal', nonce: Buffer.alloc(0) }],
])('%s breaks the rules', (_what, side, message) => {
  const it = side().hear(message)
  expect(it.failure).toBe('PEER_PROTOCOL')
  expect(it.outbox.at(-1)).toEqual({ type: 'pair-cancel', reason: 'mismatch' })
})

test('an answer before the code is shown says nothing, unless it is no', () => {
  const side = new Side('responder').on({ kind: 'answer', accept: true })
  expect(side.state.kind).toBe('invited')
  expect(side.on({ kind: 'answer', accept: false }).failure).toBe('PAIRING_REFUSED')
})

test('time and lost connections end it, and final is final', () => {
  const late = new Side('initiator').on({ kind: 'timeout' })
  expect(late.failure).toBe('PAIRING_TIMEOUT')
  expect(late.outbox.at(-1)).toEqual({ type: 'pair-cancel', reason: 'timeout' })
  const lost = compared().initiator.on({ kind: 'lost' })
  expect([lost.failure, lost.outbox]).toEqual(['NET_LOST', []])
  expect(late.hear(nonce).on({ kind: 'answer', accept: true }).failure).toBe('PAIRING_TIMEOUT')

  const { initiator } = compared()
  initiator.on({ kind: 'answer', accept: true }).hear(confirm, { type: 'pair-cancel', reason: 'timeout' })
  expect(initiator.state.kind).toBe('paired')
})

test.each([
  ['busy', 'PAIRING_BUSY'],
  ['too-many', 'PAIRING_TOO_MANY'],
  ['timeout', 'PAIRING_TIMEOUT'],
  ['mismatch', 'PEER_PROTOCOL'],
  ['refused', 'PAIRING_REFUSED'],
] as const)('the other side cancels (%s): %s, unanswered', (reason, code) => {
  const side = new Side('responder').hear({ type: 'pair-cancel', reason })
  expect([side.failure, side.outbox]).toEqual([code, []])
})

test('the limiter: one at a time, five in ten minutes', () => {
  let now = 0
  const clock: Clock = { now: () => 0, monotonic: () => now, after: () => () => undefined }
  const limiter = new PairingLimiter(clock)
  for (let count = 0; count < 5; count += 1) {
    const admission = limiter.admit()
    if (admission.kind !== 'admitted') return expect.unreachable(admission.kind)
    expect(limiter.admit()).toEqual({ kind: 'busy' })
    admission.end()
    admission.end()
    now += 1000
  }
  expect(limiter.admit()).toEqual({ kind: 'too-many', waitMs: PAIRING_WINDOW_MS - 5000 })
  now = PAIRING_WINDOW_MS
  expect(limiter.admit().kind).toBe('admitted')
})
