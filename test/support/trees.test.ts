import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { assertNoPartial, compareTrees } from './compare-trees.ts'
import { readProcessUse } from './rss.ts'
import { makeBigFile, makeTree } from './trees.ts'

let root = ''
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), 'holdfast-trees-'))))
afterAll(() => rmSync(root, { recursive: true }))

test('the same seed makes the same tree; every difference is named', () => {
  const [a, b] = [join(root, 'a'), join(root, 'b')]
  const tree = makeTree(a, { seed: 4, files: 200, symlinks: 3 })
  expect(makeTree(b, { seed: 4, files: 200, symlinks: 3 })).toEqual(tree)
  expect(compareTrees(a, b)).toEqual([])
  expect(tree.files.length).toBe(200)
  expect(tree.symlinks.length).toBe(3)
  expect(compareTrees(a, b, { followLinks: true }).every((line) => line.includes('became a symlink'))).toBe(true)

  const [one, two, three, four] = tree.files.filter((file) => statSync(join(b, file)).size > 10) as [string, string, string, string]
  const mtime = statSync(join(b, one)).mtime
  const content = Buffer.alloc(statSync(join(b, one)).size)
  writeFileSync(join(b, one), content)
  utimesSync(join(b, one), mtime, mtime)
  utimesSync(join(b, two), 5, 5)
  chmodSync(join(b, three), statSync(join(b, three)).mode ^ 0o111)
  rmSync(join(b, four))
  mkdirSync(join(b, 'more'))
  const named = compareTrees(a, b).sort()
  expect(named.length).toBe(5)
  for (const [file, what] of [[one, 'content differs'], [two, 'mtime'], [three, 'executable'], [four, 'missing'], ['more', 'extra']] as const) {
    expect(named.some((line) => line.startsWith(`${file}: `) && line.includes(what)), what).toBe(true)
  }
})

test('a big file has its size, no holes, and what its seed says', () => {
  const [a, b] = [join(root, 'big', 'a'), join(root, 'big', 'b')]
  makeBigFile(a, (20 << 20) + 1, 7)
  makeBigFile(b, (20 << 20) + 1, 7)
  expect(statSync(a).size).toBe((20 << 20) + 1)
  expect(statSync(a).blocks * 512).toBeGreaterThanOrEqual(20 << 20)
  expect(compareTrees(a, b, { mtime: false })).toEqual([])
  appendFileSync(b, 'x')
  expect(compareTrees(a, b, { mtime: false })).toEqual([`.: ${(20 << 20) + 1} bytes became ${(20 << 20) + 2}`])
})

test('assertNoPartial minds staging, not the trash', () => {
  const folder = join(root, 'received')
  mkdirSync(join(folder, '.holdfast/staging/t1'), { recursive: true })
  mkdirSync(join(folder, '.holdfast/trash'), { recursive: true })
  writeFileSync(join(folder, '.holdfast/trash/old'), 'x')
  writeFileSync(join(folder, '.holdfastignore'), 'x')
  expect(() => assertNoPartial(folder)).not.toThrow()
  writeFileSync(join(folder, '.holdfast/staging/t1/0'), 'x')
  expect(() => assertNoPartial(folder)).toThrow('staging/t1/0')
})

test.runIf(process.platform === 'linux')('reads what a process uses', async () => {
  const use = await readProcessUse(process.pid)
  expect(use!.rssBytes).toBeGreaterThan(10 << 20)
  expect(use!.peakRssBytes).toBeGreaterThanOrEqual(use!.rssBytes)
  expect(use!.cpuSeconds).toBeGreaterThan(0)
  expect(await readProcessUse(2 ** 30)).toBeNull()
})
