import {
  existsSync, linkSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { BLOCK_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { finishFiles, type FinishOptions } from '../../../electron/engine/folder/finish.ts'
import { markerPath } from '../../../electron/engine/folder/place-file.ts'
import type { FinishFile, FinishJob, ReceivePlace } from '../../../electron/engine/folder/ports.ts'
import { unstageFiles } from '../../../electron/engine/folder/staging-jobs.ts'
import { stagedPath } from '../../../electron/engine/folder/staging.ts'
import { finishFile, LINKLESS_VOLUME, PLAIN_VOLUME, receivePlace, staged, tree, plant, TRANSFER } from './place.ts'

const placedAtMs: unknown = expect.any(Number)

function finish(place: ReceivePlace, files: readonly FinishFile[], options: FinishOptions & Pick<Partial<FinishJob>, 'renamedRoots'> = {}) {
  return finishFiles({ place, renamedRoots: options.renamedRoots ?? {}, quarantine: true, files }, options)
}

describe.each([
  ['with hard links', PLAIN_VOLUME],
  ['without hard links', LINKLESS_VOLUME],
])('finishFiles %s', (_, traits) => {
  it('places files, and the same again when run twice', () => {
    const { place, root } = receivePlace()
    const files = [staged(place, 0, 'a.txt', 'alpha'), staged(place, 1, 'd/e/b.txt', 'beta'), staged(place, 2, 'empty', '')]
    const outcomes = finish(place, files, { traits })
    expect(outcomes).toEqual([
      { kind: 'placed', finalPath: 'a.txt', replaced: false, placedAtMs },
      { kind: 'placed', finalPath: 'd/e/b.txt', replaced: false, placedAtMs },
      { kind: 'placed', finalPath: 'empty', replaced: false, placedAtMs },
    ])
    const placed = tree(root)
    expect(placed).toEqual({ 'a.txt': 'alpha', d: null, 'd/e': null, 'd/e/b.txt': 'beta', empty: '' })
    expect(finish(place, files, { traits })).toEqual(outcomes.map((outcome) => ({ ...outcome, placedAtMs })))
    unstageFiles({ place, files: [0, 1, 2] })
    expect(readdirSync(join(root, '.holdfast/staging', TRANSFER))).toEqual([])
    expect(tree(root)).toEqual(placed)
  })

  it('keeps both, numbering past what is taken, by whatever', () => {
    const { place, root, outside } = receivePlace()
    plant(root, { 'a.txt': 'mine', 'a (2).txt': 'mine too' })
    mkdirSync(join(root, 'a (3).txt'))
    symlinkSync(join(outside, 'nothing'), join(root, 'a (4).txt'))
    const file = staged(place, 0, 'a.txt', 'theirs')
    const expected = [{ kind: 'placed', finalPath: 'a (5).txt', replaced: false, placedAtMs }]
    expect(finish(place, [file], { traits })).toEqual(expected)
    expect(finish(place, [file], { traits })).toEqual(expected)
    expect(tree(root)).toMatchObject({ 'a.txt': 'mine', 'a (2).txt': 'mine too', 'a (3).txt': null, 'a (4).txt': '->', 'a (5).txt': 'theirs' })
    expect(tree(outside)).toEqual({})
  })

  it('skips identical content, also under a later name, and drops the staged copy', () => {
    const { place, root } = receivePlace()
    plant(root, { a: 'same', 'b.txt': 'other', 'b (2).txt': 'kept before' })
    const files = [staged(place, 0, 'a', 'same'), staged(place, 1, 'b.txt', 'kept before')]
    const expected = [{ kind: 'identical', finalPath: 'a' }, { kind: 'identical', finalPath: 'b (2).txt' }]
    expect(finish(place, files, { traits })).toEqual(expected)
    expect(existsSync(stagedPath(place, 0))).toBe(false)
    // A crash before it was recorded: the content is what tells.
    expect(finish(place, files, { traits })).toEqual(expected)
    expect(tree(root)).toEqual({ a: 'same', 'b.txt': 'other', 'b (2).txt': 'kept before' })
  })

  it('tells contents apart that differ in the last block only', () => {
    const { place, root } = receivePlace()
    const content = 'x'.repeat(BLOCK_BYTES + 1000)
    plant(root, { a: `${content.slice(0, -1)}y` })
    expect(finish(place, [staged(place, 0, 'a', content)], { traits })).toMatchObject([{ kind: 'placed', finalPath: 'a (2)' }])
    expect(finish(place, [staged(place, 1, 'a', content)], { traits })).toMatchObject([{ kind: 'identical', finalPath: 'a (2)' }])
  })

  it('replaces by way of the trash, with a record', () => {
    const { place, root } = receivePlace()
    plant(root, { 'd/a.txt': 'old' })
    const nowMs = Date.UTC(2024, 4, 6, 12)
    const first = staged(place, 0, 'd/a.txt', 'newer', 'replace')
    expect(finish(place, [first], { traits, nowMs })).toEqual([{ kind: 'placed', finalPath: 'd/a.txt', replaced: true, placedAtMs }])
    unstageFiles({ place, files: [0] })
    expect(finish(place, [staged(place, 1, 'd/a.txt', 'newest', 'replace')], { traits, nowMs })).toMatchObject([{ replaced: true }])
    const trash = join(root, '.holdfast/trash/2024-05-06')
    expect(readdirSync(trash).sort()).toEqual(['1-a.txt', '1.json', '2-a.txt', '2.json'])
    expect([readFileSync(join(trash, '1-a.txt'), 'utf8'), readFileSync(join(trash, '2-a.txt'), 'utf8')]).toEqual(['old', 'newer'])
    expect(JSON.parse(readFileSync(join(trash, '1.json'), 'utf8'))).toEqual({ path: 'd/a.txt', name: '1-a.txt', whenMs: nowMs, size: 3, transferId: TRANSFER })
    expect(tree(root)).toMatchObject({ 'd/a.txt': 'newest' })
  })

  it('does not replace what is identical, nor a folder', () => {
    const { place, root } = receivePlace()
    plant(root, { same: 'same', 'folder/kept': 'kept' })
    const files = [staged(place, 0, 'same', 'same', 'replace'), staged(place, 1, 'folder', 'file', 'replace')]
    expect(finish(place, files, { traits })).toEqual([{ kind: 'identical', finalPath: 'same' }, { kind: 'placed', finalPath: 'folder (2)', replaced: false, placedAtMs }])
    expect(existsSync(join(root, '.holdfast/trash'))).toBe(false)
    expect(tree(root)).toMatchObject({ 'folder/kept': 'kept' })
  })

  it('replaces a link itself, never what it points to', () => {
    const { place, root, outside } = receivePlace()
    plant(outside, { victim: 'untouched' })
    symlinkSync(join(outside, 'victim'), join(root, 'a'))
    expect(finish(place, [staged(place, 0, 'a', 'theirs', 'replace')], { traits })).toMatchObject([{ kind: 'placed', finalPath: 'a', replaced: true }])
    expect(lstatSync(join(root, 'a')).isFile()).toBe(true)
    expect(tree(outside)).toEqual({ victim: 'untouched' })
  })

  it('goes by the renamed top folder', () => {
    const { place, root } = receivePlace()
    expect(finish(place, [staged(place, 0, 'photos/a', 'x')], { traits, renamedRoots: { photos: 'photos (2)' } })).toMatchObject([{ finalPath: 'photos (2)/a' }])
    expect(tree(root)).toEqual({ 'photos (2)': null, 'photos (2)/a': 'x' })
  })

  it('reports what is not staged any more as lost', () => {
    const { place } = receivePlace()
    const short = staged(place, 1, 'b', 'whole')
    writeFileSync(stagedPath(place, 1), 'who')
    expect(finish(place, [finishFile(0, 'a', 'never staged'), short], { traits })).toEqual([{ kind: 'lost' }, { kind: 'lost' }])
  })

  it('writes nothing through a folder that was swapped for a link', () => {
    const { place, root, outside } = receivePlace()
    mkdirSync(join(root, 'd/e'), { recursive: true })
    const files = [staged(place, 0, 'd/e/a', 'x', 'replace'), staged(place, 1, 'ok', 'y')]
    plant(outside, { a: 'untouched' })
    rmSync(join(root, 'd/e'), { recursive: true })
    symlinkSync(outside, join(root, 'd/e'))
    const outcomes = finish(place, files, { traits })
    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['error', 'placed'])
    expect(tree(outside)).toEqual({ a: 'untouched' })
    // Once the user has removed it, all is well by itself.
    unlinkSync(join(root, 'd/e'))
    expect(finish(place, files, { traits })).toMatchObject([{ kind: 'placed', finalPath: 'd/e/a' }, { kind: 'placed', finalPath: 'ok' }])
  })

  it('does not take a link in staging for the file', () => {
    const { place, root, outside } = receivePlace()
    plant(outside, { secret: 'secret' })
    const file = staged(place, 0, 'a', 'secret')
    unlinkSync(stagedPath(place, 0))
    symlinkSync(join(outside, 'secret'), stagedPath(place, 0))
    expect(finish(place, [file], { traits })).toEqual([{ kind: 'lost' }])
    expect(tree(root)).toEqual({})
  })

  it('says that the receive folder is missing', () => {
    const { place, root } = receivePlace()
    const file = staged(place, 0, 'a', 'x')
    renameSync(root, `${root}-away`)
    expect(finish(place, [file], {})).toMatchObject([{ kind: 'error', code: 'FOLDER_MISSING' }])
    expect(existsSync(root)).toBe(false)
    renameSync(`${root}-away`, root)
    expect(finish(place, [file], {})).toMatchObject([{ kind: 'placed' }])
  })
})

describe('finishing again after a crash', () => {
  it('recognises its own file under the name it got, whatever came or went', () => {
    const { place, root } = receivePlace()
    plant(root, { 'a.txt': 'mine' })
    const file = staged(place, 0, 'a.txt', 'theirs')
    linkSync(stagedPath(place, 0), join(root, 'a (2).txt'))
    unlinkSync(join(root, 'a.txt'))
    expect(finish(place, [file])).toEqual([{ kind: 'placed', finalPath: 'a (2).txt', replaced: false, placedAtMs }])
    expect(tree(root)).toEqual({ 'a (2).txt': 'theirs' })
  })

  it('makes no second copy of what the user has moved or edited since', () => {
    const { place, root } = receivePlace()
    const files = [staged(place, 0, 'a', 'alpha'), staged(place, 1, 'b', 'beta')]
    finish(place, files)
    renameSync(join(root, 'a'), join(root, 'moved'))
    writeFileSync(join(root, 'b'), 'edited in place')
    expect(finish(place, files)).toMatchObject([{ kind: 'placed', finalPath: 'a' }, { kind: 'placed', finalPath: 'b' }])
    expect(tree(root)).toEqual({ moved: 'alpha', b: 'edited in place' })
  })

  it('finishes a replacement that got as far as the trash', () => {
    const { place, root } = receivePlace()
    mkdirSync(join(root, '.holdfast/trash'))
    expect(finish(place, [staged(place, 0, 'a', 'new', 'replace')])).toMatchObject([{ kind: 'placed', finalPath: 'a' }])
    expect(tree(root)).toEqual({ a: 'new' })
  })

  it('recognises its own placeholder, before and after the rename, and no other', () => {
    const { place, root } = receivePlace()
    const traits = LINKLESS_VOLUME
    plant(root, { a: 'mine' })
    const file = staged(place, 0, 'a', 'theirs')
    writeFileSync(markerPath(stagedPath(place, 0)), 'a (2)')
    const expected = [{ kind: 'placed', finalPath: 'a (2)', replaced: false, placedAtMs }]
    writeFileSync(join(root, 'a (2)'), '')
    expect(finish(place, [file], { traits })).toEqual(expected)
    expect(finish(place, [file], { traits })).toEqual(expected)
    expect(tree(root)).toEqual({ a: 'mine', 'a (2)': 'theirs' })

    plant(root, { b: '' })
    expect(finish(place, [staged(place, 1, 'b', 'theirs')], { traits })).toMatchObject([{ finalPath: 'b (2)' }])
    expect(tree(root)).toMatchObject({ b: '', 'b (2)': 'theirs' })
  })

  it('does not let a marker name what the gate refuses', () => {
    const { place } = receivePlace()
    const file = staged(place, 0, 'a', 'x')
    unlinkSync(stagedPath(place, 0))
    writeFileSync(markerPath(stagedPath(place, 0)), '../../etc/passwd')
    expect(finish(place, [file], { traits: LINKLESS_VOLUME })).toEqual([{ kind: 'lost' }])
  })
})
