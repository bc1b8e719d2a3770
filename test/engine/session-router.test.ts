import { expect, test } from 'vitest'
import { ACK, MESSAGE_TYPES } from '../../electron/engine/protocol/message-types.ts'
import { BLOCK, PACK, SYNC_DATA, type ControlMessage } from '../../electron/engine/protocol/messages.ts'
import { routeSession } from '../../electron/engine/session-router.ts'
import { BytePool } from '../../electron/engine/util/byte-pool.ts'

function routed() {
  const log: string[] = []
  const note = (text: string) => () => void log.push(text)
  const noteType = (text: string) => (type: number) => void log.push(`${text} ${type.toString(16)}`)
  const handler = routeSession(
    { message: ({ type }) => void log.push(`pairing ${type}`), down: note('pairing down') },
    {
      message: ({ type }) => void log.push(`transfer ${type}`),
      bulk: noteType('transfer bulk'), duplicate: noteType('duplicate'), resent: noteType('resent'), acknowledged: noteType('acknowledged'),
      up: note('transfer up'), down: note('transfer down'), drain: note('transfer drain'),
    },
    { message: ({ type }) => void log.push(`sync ${type}`), data: note('sync data'), up: note('sync up'), down: note('sync down'), drain: note('sync drain') },
  )
  return { handler, log }
}

test('every control message goes to the one part it belongs to', () => {
  const { handler, log } = routed()
  for (const [type, { sequenced }] of Object.entries(MESSAGE_TYPES)) if (sequenced) handler.message({ type } as ControlMessage)
  expect(log.filter((line) => line.startsWith('pairing'))).toHaveLength(5)
  expect(log.filter((line) => line.startsWith('sync'))).toEqual([
    'sync folder-list', 'sync folder-refuse', 'sync index', 'sync index-ack', 'sync sync-digests-request', 'sync sync-digests', 'sync sync-get', 'sync sync-end', 'sync sync-cancel',
  ])
  expect(log.filter((line) => line.startsWith('transfer'))).toHaveLength(17)
})

test('transfers never see a frame of folder sync, whose first bytes they would misread', () => {
  const { handler, log } = routed()
  const pool = new BytePool(100, 1)
  const head = new Uint8Array(85)
  for (const type of [BLOCK, PACK, SYNC_DATA]) {
    const body = pool.acquire()!
    handler.bulk(type, body, 21)
    body.release()
    handler.duplicate(type, head)
    handler.resent(type, head)
    handler.acknowledged?.(type, head)
  }
  handler.duplicate(ACK, undefined)
  expect(log).toEqual([
    'transfer bulk 80', 'duplicate 80', 'resent 80', 'acknowledged 80',
    'transfer bulk 81', 'duplicate 81', 'resent 81', 'acknowledged 81',
    'sync data', 'duplicate 5',
  ])
})

test('everybody hears of the connection, and of room in the window', () => {
  const { handler, log } = routed()
  handler.up('created', { host: 'h', port: 1 })
  handler.drain()
  handler.down(new Error('x') as never)
  expect(log).toEqual(['transfer up', 'sync up', 'transfer drain', 'sync drain', 'pairing down', 'transfer down', 'sync down'])
})
