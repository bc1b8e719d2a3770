import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readSync, renameSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from '../support/seeded-random.ts'
import { makeBigFile } from '../support/trees.ts'

/** Something done to the folder on one side, and how it is seen on the other side that it has come. */
export interface SyncChange {
  readonly name: string
  apply(folder: string): void
  arrived(folder: string): boolean
}

export interface SyncSizes {
  readonly bigBytes: number
  readonly edits: number
  readonly renamed: number
}

export const FULL: SyncSizes = { bigBytes: 2 ** 30, edits: 1000, renamed: 10_000 }
export const QUICK: SyncSizes = { bigBytes: 64 << 20, edits: 100, renamed: 1000 }

const BIG = 'big.bin'
const MANY = 'many'

/** One large file, and many small ones in 100 folders. */
export function makeSyncTree(folder: string, sizes: SyncSizes): void {
  mkdirSync(folder, { recursive: true })
  makeBigFile(join(folder, BIG), sizes.bigBytes, 1)
  const random = seededRandom(7)
  for (let index = 0; index < sizes.renamed; index++) {
    const inside = join(folder, MANY, `folder-${index % 100}`)
    if (index < 100) mkdirSync(inside, { recursive: true })
    writeFileSync(join(inside, `file-${index}`), random.bytes(4096))
  }
}

/** After the first synchronisation: everything has its size. */
export function isComplete(folder: string, sizes: SyncSizes): boolean {
  return sizeOf(join(folder, BIG)) === sizes.bigBytes && names(sizes).every((name) => sizeOf(join(folder, MANY, name)) === 4096)
}

/** In this order; each begins where the one before has ended. */
export function syncChanges(sizes: SyncSizes): SyncChange[] {
  const middle = Math.floor(sizes.bigBytes / 2)
  const edited = Array.from({ length: sizes.edits }, (_, index) => join(MANY, `folder-${index % 100}`, `file-${index}`))
  return [
    {
      name: `one changed byte in ${sizes.bigBytes / 2 ** 20} MiB`,
      apply: (folder) => writeByte(join(folder, BIG), middle, 0x5a),
      arrived: (folder) => readByte(join(folder, BIG), middle) === 0x5a,
    },
    {
      name: `${sizes.edits} small edits`,
      apply: (folder) => edited.forEach((path) => appendFileSync(join(folder, path), 'edited')),
      arrived: (folder) => edited.every((path) => sizeOf(join(folder, path)) === 4102),
    },
    {
      name: `a renamed folder of ${sizes.renamed} files`,
      apply: (folder) => renameSync(join(folder, MANY), join(folder, 'renamed')),
      arrived: (folder) => !existsSync(join(folder, MANY)) && names(sizes).every((name) => existsSync(join(folder, 'renamed', name))),
    },
  ]
}

function names(sizes: SyncSizes): string[] {
  return Array.from({ length: sizes.renamed }, (_, index) => join(`folder-${index % 100}`, `file-${index}`))
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}

function writeByte(path: string, at: number, value: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Uint8Array.of(value), 0, 1, at)
  closeSync(file)
}

function readByte(path: string, at: number): number | undefined {
  if (!existsSync(path)) return undefined
  const file = openSync(path, 'r')
  const byte = new Uint8Array(1)
  readSync(file, byte, 0, 1, at)
  closeSync(file)
  return byte[0]
}
