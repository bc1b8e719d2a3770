import { expect, test } from 'vitest'
import { OtherInboxes } from '../../../electron/engine/received/other-inboxes.ts'
import type { PlainArrival } from '../../../electron/engine/received/plain-arrivals.ts'

const arrival = (path: string): PlainArrival => ({ path, bytes: 1, digest: '00', from: '192.0.2.7' })

test('each run of each inbox is one, however often it tells; only the newest runs are remembered', () => {
  const opened: { folder: string; paths: string[] }[] = []
  const inboxes = new OtherInboxes((folder) => {
    const one = { folder, paths: [] as string[] }
    opened.push(one)
    return { add: ({ path }) => void one.paths.push(path) }
  })
  inboxes.add({ run: 'a', folder: '/in', arrivals: [arrival('1'), arrival('2')] })
  inboxes.add({ run: 'a', folder: '/in', arrivals: [arrival('3')] })
  inboxes.add({ run: 'a', folder: '/other', arrivals: [arrival('4')] })
  expect(opened).toEqual([{ folder: '/in', paths: ['1', '2', '3'] }, { folder: '/other', paths: ['4'] }])
  for (let run = 0; run < 64; run += 1) inboxes.add({ run: String(run), folder: '/in', arrivals: [] })
  inboxes.add({ run: 'a', folder: '/in', arrivals: [arrival('5')] })
  expect(opened.at(-1)).toEqual({ folder: '/in', paths: ['5'] })
  expect(() => inboxes.add({ run: 'b', folder: 'in', arrivals: [] })).toThrow(expect.objectContaining({ code: 'USAGE_INVALID' }))
})
