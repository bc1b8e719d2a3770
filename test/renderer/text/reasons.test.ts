import { describe, expect, test } from 'vitest'
import { ERROR_POLICIES, type ErrorCode } from '../../../shared/errors.ts'
import type { TransferState } from '../../../shared/model/transfer.ts'
import { adviceFor, presenceWords, retryWords, shortReason, stateWords, toneOf } from '../../../renderer/text/reasons.ts'
import { demoDevice, demoTransfer } from '../../support/demo-data.ts'

const device = demoDevice(2, 'Studio')
const words = (state: TransferState, direction: 'send' | 'receive' = 'send'): string => stateWords(demoTransfer(1, device, state, { direction }), 10_000)

describe('states in words', () => {
  test('a lost connection says when it is tried again', () => {
    const error = { code: 'NET_LOST', message: 'x' } as const
    expect(words({ kind: 'connecting', error, attempt: 2, retryAtMs: 13_200 })).toBe('Connection lost, trying again in 4 s')
    expect(words({ kind: 'connecting', error, attempt: 2, retryAtMs: 10_100 })).toBe('Connection lost, trying again now')
    expect(words({ kind: 'connecting', error, attempt: 2, retryAtMs: 9000 })).toBe('Connection lost, trying again now')
    expect(words({ kind: 'connecting' })).toBe('Connecting')
  })

  test('delivered and received are told apart, and so is incomplete', () => {
    expect(words({ kind: 'finished', complete: true })).toBe('Delivered and confirmed')
    expect(words({ kind: 'finished', complete: true }, 'receive')).toBe('Received and verified')
    expect(words({ kind: 'finished', complete: false })).toBe('Ended, some files are missing')
    expect(toneOf(demoTransfer(1, device, { kind: 'finished', complete: false }))).toBe('bad')
  })

  test('a full disk says how much is missing', () => {
    expect(words({ kind: 'waiting-for-space', neededBytes: 9e9, freeBytes: 2.5e9 }, 'receive')).toContain('6.5 GB more needed')
  })

  test('who refused is not confused', () => {
    const refused: TransferState = { kind: 'refused', error: { code: 'TRANSFER_REFUSED', message: 'declined' } }
    expect(words(refused, 'receive')).toBe('Refused here')
    expect(words(refused, 'send')).toBe('The other side refused')
  })

  test('every state has words', () => {
    const error = { code: 'DISK_ERROR', message: 'The disk reports an error.' } as const
    const states: TransferState[] = [
      { kind: 'scanning' },
      { kind: 'queued' },
      { kind: 'waiting-for-acceptance' },
      { kind: 'active' },
      { kind: 'paused', by: 'them' },
      { kind: 'waiting-for-folder', error },
      { kind: 'refused', error },
      { kind: 'cancelled', by: 'them' },
      { kind: 'failed', error },
    ]
    expect(new Set(states.map((state) => words(state))).size).toBe(states.length - 1)
  })

  test('an error without short words shows its message with nothing hidden in it', () => {
    expect(shortReason({ code: 'ENGINE_INTERNAL', message: 'bad \u202Ename' })).toBe('bad [U+202E]name')
  })

  test('what cannot be reached comes with something to try', () => {
    for (const code of Object.keys(ERROR_POLICIES) as ErrorCode[]) {
      if (code.startsWith('NET_')) expect(adviceFor(code, 'linux').length, code).toBeGreaterThan(0)
    }
    expect(adviceFor('NET_TIMEOUT', 'darwin').join()).toContain('Local Network')
    expect(adviceFor('NET_TIMEOUT', 'linux').join()).not.toContain('Local Network')
  })

  test('a wait without a known end does not invent one', () => {
    expect(retryWords(undefined, 0)).toBe('trying again')
  })

  test('a key alarm comes before everything else', () => {
    const alarmed = demoDevice(3, 'x', {
      link: { kind: 'connected', address: { host: 'h', port: 1 }, sinceMs: 0 },
      keyAlarm: { seenId: 'y', atMs: 0 },
    })
    expect(presenceWords(alarmed, 0)).toEqual({ words: 'Key alarm', tone: 'bad' })
  })
})
