import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../support/seeded-random.ts'
import { makeBigFile } from '../support/trees.ts'

export type WorkloadName = 'L' | 'S' | 'M' | 'T' | 'S-again' | 'S-one-changed' | 'L-resumed'

/** What was done before the clock starts, by the contender itself. */
export type Preparation = 'nothing' | 'sent' | 'sent-then-one-changed' | 'half-sent'

export interface Workload {
  readonly name: string
  readonly what: string
  readonly preparation: Preparation
  /** The one file or folder that is sent. */
  readonly source: string
  readonly files: number
  readonly bytes: number
}

export const WORKLOAD_NAMES: readonly WorkloadName[] = ['L', 'S', 'M', 'T', 'S-again', 'S-one-changed', 'L-resumed']

/** Those of one file. */
export const ONE_FILE: ReadonlySet<string> = new Set<WorkloadName>(['L', 'L-resumed'])

function writeDated(path: string, content: Uint8Array): void {
  writeFileSync(path, content)
  utimesSync(path, 1_600_000_000, 1_600_000_000)
}

function makeSmall(source: string, files: number, bytesEach = 4096): number {
  const random = seededRandom(2)
  for (let index = 0; index < files; index++) {
    const folder = join(source, `folder-${index % 100}`)
    if (index < 100) mkdirSync(folder, { recursive: true })
    writeDated(join(folder, `file-${index}`), random.bytes(bytesEach))
  }
  return files * bytesEach
}

/** Sizes up to 2 MiB whose distribution gives about 130 KB on average. */
function makeMixed(source: string, files: number): number {
  const random = seededRandom(3)
  let bytes = 0
  for (let index = 0; index < files; index++) {
    const folder = join(source, `folder-${index % 20}`)
    if (index < 20) mkdirSync(folder, { recursive: true })
    const size = Math.floor((2 << 20) * random.unit() ** 15)
    writeDated(join(folder, `file-${index}`), random.bytes(size))
    bytes += size
  }
  return bytes
}

/** Makes what is sent, below `root`. Freshly written, so it is in the page cache. */
export function makeWorkload(name: WorkloadName, root: string, quick: boolean): Workload {
  switch (name) {
    case 'L':
      return largeWorkload(name, root, quick ? 256 << 20 : 2 ** 31)
    case 'L-resumed':
      return { ...largeWorkload(name, root, quick ? 256 << 20 : 2 ** 31, ', half of it there'), preparation: 'half-sent' }
    case 'S':
      return smallWorkload(name, root, quick ? 1000 : 10_000)
    case 'S-again':
      return { ...smallWorkload(name, root, quick ? 1000 : 10_000, 'sent again, nothing changed'), preparation: 'sent' }
    case 'S-one-changed':
      return { ...smallWorkload(name, root, quick ? 1000 : 10_000, 'sent again, one changed'), preparation: 'sent-then-one-changed' }
    case 'T':
      return tinyWorkload(name, root, quick ? 5000 : 100_000)
    case 'M': {
      const files = quick ? 200 : 1000
      const source = join(root, 'mixed')
      const bytes = makeMixed(source, files)
      return { name, preparation: 'nothing', what: `${files} files up to 2 MiB, ${Math.round(bytes / 1e6)} MB`, source, files, bytes }
    }
  }
}

export function largeWorkload(name: string, root: string, bytes: number, also = ''): Workload {
  const source = join(root, 'large.bin')
  makeBigFile(source, bytes, 1)
  return { name, preparation: 'nothing', what: `one file of ${bytes / 2 ** 20} MiB${also}`, source, files: 1, bytes }
}

export function smallWorkload(name: string, root: string, files: number, also = ''): Workload {
  const source = join(root, 'small')
  const what = [`${files} files of 4 KiB in 100 folders`, also].filter(Boolean).join(', ')
  return { name, preparation: 'nothing', what, source, files, bytes: makeSmall(source, files) }
}

export function tinyWorkload(name: string, root: string, files: number): Workload {
  const source = join(root, 'tiny')
  return { name, preparation: 'nothing', what: `${files} files of 100 bytes in 100 folders`, source, files, bytes: makeSmall(source, files, 100) }
}

/** Somebody's own file or folder, as it is. */
export function ownWorkload(source: string): Workload {
  const { files, bytes } = amountOf(source)
  return { name: 'own', preparation: 'nothing', what: `${files} files, ${Math.round(bytes / 1e6)} MB: ${source}`, source, files, bytes }
}

function amountOf(path: string): { files: number; bytes: number } {
  const stats = statSync(path)
  if (!stats.isDirectory()) return { files: 1, bytes: stats.size }
  const found = { files: 0, bytes: 0 }
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    found.files += 1
    found.bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return found
}

/** One file of a tree of small ones gets other content, another each time. */
export function changeOneFile(workload: Workload, turn: number): void {
  const index = (turn * 37) % workload.files
  writeFileSync(join(workload.source, `folder-${index % 100}`, `file-${index}`), seededRandom(1000 + turn).bytes(4096))
}
