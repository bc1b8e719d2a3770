import { chmodSync, existsSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { blake3 } from '../../../electron/engine/util/digest.ts'
import { BLOCK_BYTES } from '../../../electron/engine/protocol/limits.ts'
import type { PreparePageJob, ReceivePlace } from '../../../electron/engine/folder/ports.ts'
import { preparePage } from '../../../electron/engine/folder/prepare-page.ts'
import { FOLDING_VOLUME, PLAIN_VOLUME, plant, receivePlace, tree } from './place.ts'

/** Paths that end in a slash are folders; `path=content` has a content, of which the size counts. */
function pageOf(place: ReceivePlace, paths: readonly string[], more: Partial<PreparePageJob> = {}): PreparePageJob {
  const entries = paths.map((text, file) => {
    const [path = '', content = 'new'] = text.split('=')
    return path.endsWith('/')
      ? { file, kind: 'folder' as const, path: path.slice(0, -1), size: 0, mtimeMs: 0 }
      : { file, kind: 'file' as const, path, size: content.length, mtimeMs: 0 }
  })
  return { place, onConflict: 'keep-both', compare: false, entries, renamedRoots: {}, ...more }
}

const kinds = (result: ReturnType<typeof preparePage>) => result.outcomes.map((outcome) => outcome.kind)

describe('preparePage', () => {
  it('makes folders, also those above a file, and nothing else', () => {
    const { place, root } = receivePlace()
    const job = pageOf(place, ['photos/', 'photos/2024/', 'photos/2024/a.jpg', 'other/deep/b', 'single'])
    expect(kinds(preparePage(job))).toEqual(['free', 'free', 'free', 'free', 'free'])
    expect(tree(root)).toEqual({ photos: null, 'photos/2024': null, other: null, 'other/deep': null })
    expect(preparePage(job)).toEqual(preparePage(job))
  })

  it.skipIf(process.platform === 'win32')('keeps the engine’s own folder to its user', () => {
    const { place, root } = receivePlace()
    preparePage(pageOf(place, ['a/']))
    expect(lstatSync(join(root, '.holdfast')).mode & 0o777).toBe(0o700)
    expect(lstatSync(join(root, '.holdfast/staging', place.transferId)).mode & 0o777).toBe(0o700)
  })

  it('refuses hostile names one by one and prepares the rest', () => {
    const { place, root, outside } = receivePlace()
    const result = preparePage(pageOf(place, ['../outside/x', '.holdfast/trash/x', 'ok/fine', '/etc/passwd', 'a/../../x/']))
    expect(kinds(result)).toEqual(['refused', 'refused', 'free', 'refused', 'refused'])
    expect(result.outcomes[0]).toMatchObject({ code: 'name' })
    expect(tree(root)).toEqual({ ok: null })
    expect(tree(outside)).toEqual({})
  })

  it('tells of another file in the place, also of a dangling link', () => {
    const { place, root } = receivePlace()
    plant(root, { a: 'here already' })
    symlinkSync('nowhere', join(root, 'b'))
    const result = preparePage(pageOf(place, ['a', 'b', 'c']))
    expect(result.outcomes).toMatchObject([{ kind: 'differs', size: 12 }, { kind: 'differs' }, { kind: 'free' }])
  })

  it('gives digests of files of the same size only when asked to', () => {
    const { place, root } = receivePlace()
    plant(root, { 'd/a': 'abc', 'd/b': 'longer', e: '', large: 'x'.repeat(BLOCK_BYTES + 1) })
    const paths = ['d/a=xyz', 'd/b=xyz', 'e=', `large=${'y'.repeat(BLOCK_BYTES + 1)}`]
    expect(kinds(preparePage(pageOf(place, paths)))).toEqual(['differs', 'differs', 'differs', 'differs'])
    expect(preparePage(pageOf(place, paths, { compare: true })).outcomes).toMatchObject([
      { kind: 'same-size', path: 'd/a', digest: Uint8Array.from(blake3('abc')) },
      { kind: 'differs', size: 6 },
      { kind: 'same-size', path: 'e', digest: Uint8Array.from(blake3('')) },
      { kind: 'same-size', path: 'large' },
    ])
    expect(preparePage(pageOf(place, paths, { compare: true })).outcomes[3]).not.toHaveProperty('digest')
  })

  it('compares with a copy that was kept under the next name', () => {
    const { place, root } = receivePlace()
    plant(root, { 'a.txt': 'quite another', 'a (2).txt': 'abc' })
    expect(preparePage(pageOf(place, ['a.txt=abc'], { compare: true })).outcomes).toMatchObject([{ kind: 'same-size', path: 'a (2).txt' }])
  })

  it('gives a top folder another name when a file or a link has it', () => {
    const { place, root, outside } = receivePlace()
    plant(root, { photos: 'a file' })
    symlinkSync(outside, join(root, 'link'))
    const job = pageOf(place, ['photos/', 'photos/a', 'link/', 'link/b', 'fine/'])
    const result = preparePage(job)
    expect(kinds(result)).toEqual(['free', 'free', 'free', 'free', 'free'])
    expect(result.renamedRoots).toEqual({ photos: 'photos (2)', link: 'link (2)' })
    expect(tree(root)).toEqual({ photos: 'a file', 'photos (2)': null, link: '->', 'link (2)': null, fine: null })
    expect(tree(outside)).toEqual({})
    // The next page, and the same again, stay with it.
    rmSync(join(root, 'photos'))
    expect(preparePage({ ...job, renamedRoots: result.renamedRoots }).renamedRoots).toEqual(result.renamedRoots)
    expect(existsSync(join(root, 'photos'))).toBe(false)
  })

  it('takes hostile top names for mere names', () => {
    const { place, root } = receivePlace()
    plant(root, { __proto__x: '', ['__proto__']: 'file', constructor: 'file' })
    const result = preparePage(pageOf(place, ['__proto__/a', 'constructor/b']))
    expect(Object.entries(result.renamedRoots)).toEqual([['__proto__', '__proto__ (2)'], ['constructor', 'constructor (2)']])
  })

  it('refuses what would go through a file or a link further down', () => {
    const { place, root, outside } = receivePlace()
    plant(root, { 'd/file': 'x' })
    symlinkSync(outside, join(root, 'd/link'))
    const result = preparePage(pageOf(place, ['d/', 'd/file/', 'd/file/a', 'd/link/b', 'd/link/', 'd/ok']))
    expect(kinds(result)).toEqual(['free', 'refused', 'refused', 'refused', 'refused', 'free'])
    expect(result.outcomes[3]).toMatchObject({ code: 'collision' })
    expect(tree(outside)).toEqual({})
  })

  it('keeps names apart that the volume keeps apart', () => {
    const { place } = receivePlace()
    const page = pageOf(place, ['src/aux.c', 'src/Makefile', 'src/makefile', 'src/\u00e9', 'src/e\u0301', 'src/a:b', 'src/back\\slash'])
    expect(new Set(kinds(preparePage(page, { traits: PLAIN_VOLUME })))).toEqual(new Set(['free']))
  })

  it('refuses the second of two names that are one on the volume', () => {
    const { place } = receivePlace()
    const page = pageOf(place, ['src/Makefile', 'src/makefile', 'src/\u00e9', 'src/e\u0301', 'src/other'])
    const result = preparePage(page, { traits: FOLDING_VOLUME })
    expect(kinds(result)).toEqual(['free', 'refused', 'free', 'refused', 'free'])
    expect(result.outcomes[1]).toMatchObject({ code: 'collision' })
    expect(kinds(preparePage(pageOf(place, ['twice', 'twice']), { traits: PLAIN_VOLUME }))).toEqual(['free', 'refused'])
  })

  it('refuses names of Windows’ devices on a volume with Windows’ rules', () => {
    const { place } = receivePlace()
    const result = preparePage(pageOf(place, ['aux.c', 'fine.c']), { traits: { ...PLAIN_VOLUME, windowsNames: true } })
    expect(kinds(result)).toEqual(['refused', 'free'])
  })

  it('says that the receive folder is missing, and does not make it', () => {
    const { place, root } = receivePlace()
    rmSync(root, { recursive: true })
    expect(preparePage(pageOf(place, ['a', 'b/'])).outcomes).toMatchObject([{ code: 'FOLDER_MISSING' }, { code: 'FOLDER_MISSING' }])
    expect(existsSync(root)).toBe(false)
  })

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('says that a folder can’t be written', () => {
    const { place, root } = receivePlace()
    mkdirSync(join(root, 'locked'))
    chmodSync(join(root, 'locked'), 0o555)
    expect(preparePage(pageOf(place, ['locked/new/a'])).outcomes).toMatchObject([{ code: 'FOLDER_READ_ONLY' }])
  })
})
