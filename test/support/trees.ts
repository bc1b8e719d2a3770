import { closeSync, mkdirSync, openSync, symlinkSync, utimesSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { seededRandom, type SeededRandom } from './seeded-random.ts'

export interface TreeOptions {
  readonly seed: number
  readonly files: number
  /** Folders the files are spread over, nested. Default one for each ten files. */
  readonly folders?: number
  /** Default between 0 and 64 KiB, mostly small. */
  readonly sizeBytes?: (random: SeededRandom, index: number) => number
  /** Default true: names of many scripts, spaces, long ones, some that only a shell would mind. */
  readonly oddNames?: boolean
  /** Default true: some empty files, some executables, mtimes spread over years; two empty folders. */
  readonly variety?: boolean
  /** How many of them: inside the tree, to files that exist. Default none. */
  readonly symlinks?: number
}

export interface Tree {
  /** Slash-separated, relative to the root. */
  readonly files: readonly string[]
  readonly emptyFolders: readonly string[]
  readonly symlinks: readonly string[]
  readonly bytes: number
}

const ODD_STEMS = [
  'plain',
  'with space',
  'Grüße',
  'naïve café',
  '日本語のファイル',
  'Привет',
  'مرحبا',
  '😀 emoji',
  "it's",
  'a&b;c',
  '-dash',
  '.hidden',
  'UPPER',
  'x'.repeat(180),
] as const

/** Small files are the many, large ones the weight. */
function mostlySmall(random: SeededRandom): number {
  return Math.floor(65536 * random.unit() ** 4)
}

/** Makes a tree that the same seed makes again, mtimes included (whole milliseconds). `root` is created. */
export function makeTree(root: string, options: TreeOptions): Tree {
  const random = seededRandom(options.seed)
  const { oddNames = true, variety = true, sizeBytes = mostlySmall, symlinks = 0 } = options
  const name = (index: number, suffix: string) => (oddNames ? `${random.pick(ODD_STEMS)}-${index}${suffix}` : `file-${index}${suffix}`)

  const folders = ['']
  for (let index = 1; index <= (options.folders ?? Math.ceil(options.files / 10)); index++) {
    const parent = random.pick(folders)
    // A folder of its own depth, never so deep that a long name breaks a path limit.
    const within = parent.split('/').length > 3 ? '' : parent
    folders.push(join(within, name(index, '.d')))
  }
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true })

  const files: string[] = []
  let bytes = 0
  for (let index = 0; index < options.files; index++) {
    const path = join(random.pick(folders), name(index, random.pick(['.txt', '.bin', ''])))
    const size = variety && random.unit() < 0.03 ? 0 : sizeBytes(random, index)
    const mode = variety && random.unit() < 0.1 ? 0o755 : 0o644
    writeFileSync(join(root, path), random.bytes(size), { mode })
    bytes += size
    if (variety) {
      const seconds = random.integer(Date.UTC(2001, 0) / 1000, Date.UTC(2024, 0) / 1000) + random.integer(0, 999) / 1000
      utimesSync(join(root, path), seconds, seconds)
    }
    files.push(path)
  }

  const emptyFolders = variety ? ['empty', join('empty too', 'inner')] : []
  for (const folder of emptyFolders) mkdirSync(join(root, folder), { recursive: true })

  const links = Array.from({ length: files.length > 0 ? symlinks : 0 }, (_, index) => {
    const target = random.pick(files)
    const path = join(dirname(target), `link-${index}`)
    symlinkSync(target.slice(target.lastIndexOf('/') + 1), join(root, path))
    return path
  })
  return { files, emptyFolders, symlinks: links, bytes }
}

/** One file of exactly that size, incompressible, without holes, at about a gigabyte a second. */
export function makeBigFile(path: string, sizeBytes: number, seed = 1): void {
  const random = seededRandom(seed)
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'w', 0o644)
  try {
    for (let written = 0; written < sizeBytes; ) {
      const piece = random.bytes(Math.min(8 << 20, sizeBytes - written))
      for (let at = 0; at < piece.length; ) at += writeSync(file, piece, at)
      written += piece.length
    }
  } finally {
    closeSync(file)
  }
}
