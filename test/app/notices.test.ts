import { describe, expect, test } from 'vitest'
import { Notices } from '../../electron/app/notices.ts'
import { plainText } from '../../electron/app/plain-text.ts'
import { quitQuestion } from '../../electron/app/quit-question.ts'
import { trayText } from '../../electron/app/tray-text.ts'
import type { Request } from '../../shared/model/transfer.ts'
import { fakePairing, fakeStatus, fakeTransfer } from '../support/fake-engine.ts'

const finished = { kind: 'finished', complete: true } as const
const offer: Request = {
  kind: 'transfer', id: 'r', transferId: 't', deviceId: 'd', deviceName: '<b>evil</b>\n\u202Egnp', paired: false,
  roots: ['a', 'b'], totalFiles: 3, totalBytes: 5, folder: '/in', freeBytes: 9, createdAtMs: 0,
}

describe('notifications', () => {
  test('tell of an arrival once, and lead to what was received', () => {
    const notices = new Notices(100)
    const arriving = fakeTransfer({ direction: 'receive', totalFiles: 2, roots: ['Trip'] })
    expect(notices.transfer(arriving)).toBeNull()
    expect(notices.transfer({ ...arriving, bytes: 50 })).toBeNull()
    expect(notices.transfer({ ...arriving, state: finished })).toMatchObject({ title: 'From there: 2 files', leadsTo: { page: 'received' } })
    expect(notices.transfer({ ...arriving, state: finished })).toBeNull()
  })

  test('tell of a small arrival that was over at once, but not of the past', () => {
    const notices = new Notices(100)
    const small = fakeTransfer({ direction: 'receive', state: finished })
    expect(notices.transfer({ ...small, id: 'new', finishedAtMs: 101 })).not.toBeNull()
    expect(notices.transfer({ ...small, id: 'old', finishedAtMs: 99 })).toBeNull()
  })

  test('tell of failures and refusals with the reason, not of what was sent well or cancelled', () => {
    const notices = new Notices(0)
    const error = { code: 'TRANSFER_REFUSED', message: 'No, thanks.' } as const
    const end = (id: string, state: Parameters<typeof fakeTransfer>[0]) => {
      notices.transfer(fakeTransfer({ id }))
      return notices.transfer(fakeTransfer({ id, ...state }))
    }
    expect(end('1', { state: { kind: 'refused', error } })).toMatchObject({ title: 'there did not take it', body: 'a.txt: No, thanks.', leadsTo: { page: 'transfers', transferId: '1' } })
    expect(end('2', { state: { kind: 'failed', error } })).toMatchObject({ title: 'Not everything went to there' })
    expect(end('3', { state: { kind: 'finished', complete: false } })).toMatchObject({ leadsTo: { transferId: '3' } })
    expect(end('4', { state: finished })).toBeNull()
    expect(end('5', { state: { kind: 'cancelled', by: 'them' } })).toBeNull()
  })

  test('tell of a request once, with hostile names made plain', () => {
    const notices = new Notices(0)
    const notice = notices.request(offer)
    expect(notice?.title).toBe('‹b›evil‹/b›\uFFFD\uFFFDgnp wants to send you something')
    expect(notice?.body).toContain('not paired')
    expect(notices.request(offer)).toBeNull()
    notices.requestGone('r')
    expect(notices.request(offer)).not.toBeNull()
  })

  test('tell of a pairing that somebody else began', () => {
    const notices = new Notices(0)
    expect(notices.pairing(fakePairing())).toBeNull()
    expect(notices.pairing(fakePairing({ role: 'responder' }))).toMatchObject({ leadsTo: { page: 'devices' } })
    expect(notices.pairing(fakePairing({ role: 'responder' }))).toBeNull()
  })
})

describe('words in places of the system', () => {
  test('are one short line without markup, controls or turned text', () => {
    expect(plainText('a&b\u0007\u200B\u2028c')).toBe('a＆b\uFFFD\uFFFD\uFFFDc')
    expect([...plainText('😀'.repeat(200))]).toHaveLength(80)
  })

  test('the question before quitting names what would stop, and is not asked for nothing', () => {
    expect(quitQuestion({ activeTransfers: 0, waitingTransfers: 0, names: [] })).toBeNull()
    const names = Array.from({ length: 20 }, (_, index) => `file ${index} to x`)
    const question = quitQuestion({ activeTransfers: 20, waitingTransfers: 5, names })
    expect(question?.message).toBe('25 transfers are not finished.')
    expect(question?.detail).toContain('• file 7 to x\n• 17 more')
  })

  test('the tray says what matters most', () => {
    const problem = { code: 'FOLDER_MISSING', message: 'The folder is gone.' } as const
    expect(trayText(null)).toBe('Holdfast is starting')
    expect(trayText(fakeStatus())).toBe('Holdfast is ready to receive')
    expect(trayText(fakeStatus({ activeTransfers: 2, waitingTransfers: 1 }))).toBe('Holdfast: 2 transfers running')
    expect(trayText(fakeStatus({ activeTransfers: 2, requests: 1 }))).toBe('Holdfast: 1 question for you')
    expect(trayText(fakeStatus({ requests: 1, problems: [problem] }))).toBe('Holdfast: The folder is gone.')
  })
})
