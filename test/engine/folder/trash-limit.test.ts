import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { TrashLimit } from '../../../electron/engine/folder/trash-limit.ts'
import { temporaryFolder } from './place.ts'

it('a full trash is a problem until somebody empties it; until it is measured again, what may have been moved there counts', async () => {
  const root = temporaryFolder()
  const day = join(root, '.holdfast', 'trash', '2026-03-01')
  let nowMs = 0
  const trash = new TrashLimit(root, () => nowMs, async () => 1_000)
  // Nothing could be deleted to make room for it.
  expect(await trash.problem(5_000)).toBeUndefined()
  mkdirSync(day, { recursive: true })
  writeFileSync(join(day, '1-a'), Buffer.alloc(600))
  nowMs += 60_000
  expect(await trash.problem(300)).toBeUndefined()
  writeFileSync(join(day, '2-b'), Buffer.alloc(300))
  expect(await trash.problem(200)).toMatchObject({ code: 'TRASH_FULL', policy: 'retry', message: expect.stringContaining(join(root, '.holdfast', 'trash')) })
  rmSync(join(day, '1-a'))
  expect(await trash.problem(200)).toBeUndefined()
  expect(await trash.problem(600)).toBeUndefined()
  writeFileSync(join(day, '3-c'), Buffer.alloc(300))
  expect(await trash.problem(600)).toMatchObject({ code: 'TRASH_FULL' })
})
