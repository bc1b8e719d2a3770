import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placeFolder, type TakenPlaces } from '../../electron/engine/folder-place.ts'

let root: string
let taken: TakenPlaces
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-place-')))
  for (const path of ['me/.holdfast-home', 'me/shared/deep', 'me/downloads', 'other', 'shared']) mkdirSync(join(root, path), { recursive: true })
  taken = { home: join(root, 'me/.holdfast-home'), shared: [{ name: 'S', path: join(root, 'me/shared') }], receiving: [join(root, 'me/downloads')] }
})
afterEach(() => rmSync(root, { recursive: true }))

const place = (path: string) => placeFolder(join(root, path), taken)
const refused = (path: string, words: RegExp) => expect(place(path)).rejects.toMatchObject({ code: 'USAGE_INVALID', message: expect.stringMatching(words) })

test('a free place is taken by its true path, also before it exists', async () => {
  symlinkSync(join(root, 'other'), join(root, 'link'))
  expect(await place('other')).toBe(join(root, 'other'))
  expect(await place('link/new/deep')).toBe(join(root, 'other/new/deep'))
  // A name that only begins like a shared one is another.
  expect(await place('me/shared2')).toBe(join(root, 'me/shared2'))
  expect(await place('me/downloads/inside')).toBe(join(root, 'me/downloads/inside'))
})

test('the private key leaves no device', async () => {
  await refused('me', /Holdfast's own files/)
  await refused('me/.holdfast-home', /own files/)
  await refused('me/.holdfast-home/below', /own files/)
  await expect(placeFolder('/', taken)).rejects.toMatchObject({ code: 'USAGE_INVALID' })
  symlinkSync(join(root, 'me'), join(root, 'way'))
  await refused('way', /own files/)
})

test('no file is in two shared folders', async () => {
  await refused('me/shared', /shared already/)
  await refused('me/shared/deep/er', /inside one/)
  taken = { ...taken, home: join(root, 'home'), receiving: [] }
  await refused('me', /Inside that folder/)
  symlinkSync(join(root, 'me/shared/deep'), join(root, 'alias'))
  await refused('alias', /inside one/)
})

test('not where deliveries go, and no relative path', async () => {
  await refused('me/downloads', /Deliveries/)
  await expect(placeFolder('somewhere', taken)).rejects.toMatchObject({ code: 'USAGE_INVALID' })
})
