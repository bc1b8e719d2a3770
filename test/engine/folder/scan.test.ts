import { execFileSync } from 'node:child_process'
import { chmodSync, linkSync, mkdirSync, realpathSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, relative } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PAGE_ENTRIES } from '../../../electron/engine/protocol/limits.ts'
import type { ScanItem } from '../../../electron/engine/folder/ports.ts'
import { scan } from '../../../electron/engine/folder/scan.ts'
import { sortedNames } from '../../../electron/engine/folder/sorted-names.ts'
import { canonicalSources, nameSources } from '../../../electron/engine/folder/source-names.ts'
import { foldInode } from '../../../electron/engine/folder/stamps.ts'
import { plant, temporaryFolder } from './place.ts'

async function all(sources: readonly string[]): Promise<ScanItem[]> {
  const items: ScanItem[] = []
  for await (const batch of scan(sources)) items.push(...batch)
  return items
}

/** `path`, `path/` for folders, `!path: reason` for what was skipped. */
function lines(items: readonly ScanItem[]): string[] {
  return items.map((item) => {
    if (item.kind === 'skipped') return `!${item.path}: ${item.reason}`
    return item.entry.kind === 'folder' ? `${item.entry.path}/` : item.entry.path
  })
}

describe('scan', () => {
  it('lists a folder before its content, by bytes, with facts', async () => {
    const root = temporaryFolder()
    plant(root, { 'top/b/z': 'zz', 'top/b.txt': 'b', 'top/a': '', 'top/Z': 'Z', 'top/é': 'e' })
    utimesSync(join(root, 'top/b.txt'), 1_500_000_000, 1_500_000_000.25)
    chmodSync(join(root, 'top/b.txt'), 0o755)
    const items = await all([join(root, 'top')])
    expect(lines(items)).toEqual(['top/', 'top/Z', 'top/a', 'top/b/', 'top/b/z', 'top/b.txt', 'top/é'])
    expect(items[5]).toMatchObject({
      entry: { kind: 'file', path: 'top/b.txt', size: 1, mtimeMs: 1_500_000_000_250, executable: process.platform !== 'win32' },
      source: join(realpathSync(root), 'top/b.txt'),
      stamp: { size: 1 },
    })
    expect(await all([join(root, 'top')])).toEqual(items)
  })

  it('sends several sources, each under its own name, a second of the same name numbered', async () => {
    const root = temporaryFolder()
    plant(root, { 'a/x.txt': '1', 'b/x.txt': '2', 'c/X.TXT': '3', 'a/d/y': '4', 'b/d/y': '5' })
    const items = await all(['a/x.txt', 'b/x.txt', 'c/X.TXT', 'a/d/', 'b/d'].map((path) => join(root, path)))
    expect(lines(items)).toEqual(['x.txt', 'x (2).txt', 'X (3).TXT', 'd/', 'd/y', 'd (2)/', 'd (2)/y'])
  })

  it('follows a link that the user named, and keeps its name', async () => {
    const root = temporaryFolder()
    plant(root, { 'real/f': 'x' })
    symlinkSync('real', join(root, 'named'))
    symlinkSync('real/f', join(root, 'file'))
    const items = await all([join(root, 'named'), join(root, 'file')])
    expect(lines(items)).toEqual(['named/', 'named/f', 'file'])
    expect(items[2]).toMatchObject({ source: join(realpathSync(root), 'real/f') })
  })

  it('sends what links inside point to, and skips the others with the reason', async () => {
    const root = temporaryFolder()
    plant(root, { 'outside/secret': 's', 'top/real/f': 'content', 'top/g': 'gg' })
    const link = (target: string, name: string) => symlinkSync(target, join(root, 'top', name))
    link('g', 'l1-file')
    link('real', 'l2-folder')
    link('../outside/secret', 'l3-outside')
    link('../outside', 'l4-outside')
    link('nothing', 'l5-dangling')
    link('l6-self', 'l6-self')
    link('..', 'real/up')
    link('.', 'real/here')
    const items = await all([join(root, 'top')])
    expect(lines(items)).toEqual([
      'top/', 'top/g', 'top/l1-file', 'top/l2-folder/', 'top/l2-folder/f',
      '!top/l2-folder/here: it is a symbolic link that leads back to a folder it is in',
      '!top/l2-folder/up: it is a symbolic link that leads back to a folder it is in',
      '!top/l3-outside: it is a symbolic link that leads out of what is sent',
      '!top/l4-outside: it is a symbolic link that leads out of what is sent',
      '!top/l5-dangling: it is a symbolic link to nothing, or was removed just now',
      '!top/l6-self: it is a symbolic link that leads to itself',
      'top/real/', 'top/real/f',
      '!top/real/here: it is a symbolic link that leads back to a folder it is in',
      '!top/real/up: it is a symbolic link that leads back to a folder it is in',
    ])
    expect(items[2]).toMatchObject({ entry: { size: 2 }, source: join(realpathSync(root), 'top/g') })
  })

  it('does not let a few links become a tree of millions', async () => {
    const root = temporaryFolder()
    for (let level = 0; level < 20; level += 1) {
      mkdirSync(join(root, `top/${level}`), { recursive: true })
      symlinkSync(`../${level + 1}`, join(root, `top/${level}/a`))
    }
    plant(root, { 'top/20/f': '' })
    const items = await all([join(root, 'top')])
    expect(items.length).toBeLessThan(400)
    expect(lines(items).some((line) => line.includes('too many'))).toBe(true)
  })

  it.skipIf(process.platform === 'win32')('skips FIFOs, sockets, devices and names that no receiver takes', async () => {
    const root = temporaryFolder()
    plant(root, { 'top/ok': '', 'top/.holdfast/staging/x': 'never', 'top/bad\u001bname': '', 'top/turned\u202e': '' })
    execFileSync('mkfifo', [join(root, 'top/fifo')])
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(join(root, 'top/socket'), resolve))
    const found = lines(await all([join(root, 'top'), '/dev/null']))
    await new Promise((resolve) => server.close(resolve))
    expect(found).toEqual([
      'top/', '!top/.holdfast: its name is reserved for Holdfast itself', '!top/bad\u001bname: its name has control characters',
      '!top/fifo: it is a named pipe', 'top/ok', '!top/socket: it is a socket',
      '!top/turned\u202e: its name has characters that reverse the direction of writing', '!null: it is a device',
    ])
  })

  it.runIf(process.platform === 'linux')('skips names that are no Unicode, and sends every other', async () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'top'))
    for (const name of [[0xff, 0xfe], [0x61, 0xe9], [0xc3, 0xa9]]) writeFileSync(Buffer.concat([Buffer.from(`${root}/top/`), Buffer.from(name)]), 'x')
    writeFileSync(join(root, 'top/back\\slash:colon'), '')
    expect(lines(await all([join(root, 'top')]))).toEqual([
      'top/', '!top/a\ufffd: its name is not valid Unicode', 'top/back\\slash:colon', 'top/é', '!top/\ufffd\ufffd: its name is not valid Unicode',
    ])
  })

  it('gives bounded batches, also of one huge folder, and stops when told', async () => {
    const root = temporaryFolder()
    plant(root, { 'top/0': '' })
    for (let index = 1; index < 2 * PAGE_ENTRIES + 500; index += 1) linkSync(join(root, 'top/0'), join(root, `top/${index}`))
    const sizes: number[] = []
    for await (const batch of scan([join(root, 'top')])) sizes.push(batch.length)
    expect(sizes).toEqual([PAGE_ENTRIES, PAGE_ENTRIES, 501])
    const controller = new AbortController()
    const stopped = (async () => {
      for await (const batch of scan([join(root, 'top')], { signal: controller.signal })) {
        expect(batch.length).toBe(PAGE_ENTRIES)
        controller.abort()
      }
    })()
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('says before anything else when a source is not there', async () => {
    const root = temporaryFolder()
    plant(root, { a: 'x' })
    await expect(all([join(root, 'a'), join(root, 'none')])).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
    await expect(all([join(root, 'a/b')])).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' })
  })

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)('says when a source may not be read, and skips such a folder inside', async () => {
    const root = temporaryFolder()
    plant(root, { 'top/locked/f': 'x', 'top/open': '' })
    chmodSync(join(root, 'top/locked'), 0o000)
    expect(lines(await all([join(root, 'top')]))).toEqual(['top/', 'top/locked/', "!top/locked: the folder can't be read: reading it is not permitted", 'top/open'])
    await expect(all([join(root, 'top/locked')])).rejects.toMatchObject({ code: 'PATH_NO_PERMISSION' })
    chmodSync(join(root, 'top/locked'), 0o700)
  })
})

describe('canonicalSources', () => {
  it('gives the same for the same thing named in another way', () => {
    const root = temporaryFolder()
    plant(root, { 'd/f': 'x' })
    symlinkSync('d', join(root, 'link'))
    const direct = canonicalSources([join(root, 'd/f')])
    expect(canonicalSources([join(root, 'link/f')])).toEqual(direct)
    expect(canonicalSources([`${root}/d/../d//f`])).toEqual(direct)
    expect(canonicalSources([relative(process.cwd(), join(root, 'd/f'))])).toEqual(direct)
    expect(nameSources(canonicalSources([join(root, 'link')]))).toMatchObject([{ name: 'link' }])
  })

  it('has a name for a root folder too', () => expect(nameSources(['/'])).toEqual([{ path: '/', name: 'root' }]))
})

describe('sortedNames', () => {
  it('sorts by bytes whatever the number of portions', () => {
    const root = temporaryFolder()
    const names = Array.from({ length: 5000 }, (_, index) => `n${(index * 7919) % 5000}`)
    let made = 0
    // Few are read at one go, many in portions.
    for (const count of [0, 1, 5000]) {
      while (made < count) writeFileSync(join(root, names[made++] ?? ''), '')
      expect([...sortedNames(root)].filter((name) => name !== undefined)).toEqual(names.slice(0, count).sort())
    }
  })
})

describe('foldInode', () => {
  it('gives safe numbers, and large inodes that differ below or above keep differing', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (inode) => Number.isSafeInteger(foldInode(inode))))
    expect(foldInode(2n ** 60n + 1n)).not.toBe(foldInode(2n ** 60n))
    expect(foldInode(5n)).toBe(5)
  })
})
