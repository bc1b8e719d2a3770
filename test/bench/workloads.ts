import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../support/seeded-random.ts'
import { makeBigFile } from '../support/trees.ts'

export type WorkloadName = 'L' | 'S' | 'M'

export interface Workload {
  readonly name: WorkloadName
  readonly what: string
  /** The one file or folder that is sent. */
  readonly source: string
  readonly files: number
  readonly bytes: number
}

export const WORKLOAD_NAMES: readonly WorkloadName[] = ['L', 'S', 'M']

function writeDated(path: string, content: Uint8Array): void {
  writeFileSync(path, content)
  utimesSync(path, 1_600_000_000, 1_600_000_000)
}

function makeSmall(source: string, files: number): number {
  const random = seededRandom(2)
  for (let index = 0; index < files; index++) {
    const folder = join(source, `folder-${index % 100}`)
    if (index < 100) mkdirSync(folder, { recursive: true })
    writeDated(join(folder, `file-${index}`), random.bytes(4096))
  }
  return files * 4096
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
    case 'L': {
      const bytes = quick ? 256 << 20 : 2 ** 31
      const source = join(root, 'large.bin')
      makeBigFile(source, bytes, 1)
      return { name, what: `one file of ${bytes / 2 ** 20} MiB`, source, files: 1, bytes }
    }
    case 'S': {
      const files = quick ? 1000 : 10_000
      const source = join(root, 'small')
      return { name, what: `${files} files of 4 KiB in 100 folders`, source, files, bytes: makeSmall(source, files) }
    }
    case 'M': {
      const files = quick ? 200 : 1000
      const source = join(root, 'mixed')
      const bytes = makeMixed(source, files)
      return { name, what: `${files} files up to 2 MiB, ${Math.round(bytes / 1e6)} MB`, source, files, bytes }
    }
  }
}
