import { closeSync, lstatSync, openSync, readdirSync, readSync, statSync, type Stats } from 'node:fs'
import { join } from 'node:path'

export interface CompareOptions {
  /** Default true: of files, less than a millisecond apart (times pass through floating point on their way). */
  readonly mtime?: boolean
  /** Default true except on Windows: whether the owner may execute. */
  readonly executable?: boolean
  /** Default false: symlinks of the first tree are expected in the second as what they point to. */
  readonly followLinks?: boolean
}

/** Whatever the engine keeps for itself at the top of a receive folder. */
const ENGINE_FOLDER = '.holdfast'

function sameContent(first: string, second: string): boolean {
  const files = [openSync(first, 'r'), openSync(second, 'r')] as const
  const buffers = [Buffer.allocUnsafe(1 << 20), Buffer.allocUnsafe(1 << 20)] as const
  try {
    for (;;) {
      const [a, b] = [readFully(files[0], buffers[0]), readFully(files[1], buffers[1])]
      if (!a.equals(b)) return false
      if (a.length === 0) return true
    }
  } finally {
    closeSync(files[0])
    closeSync(files[1])
  }
}

function readFully(file: number, buffer: Buffer): Buffer {
  let filled = 0
  while (filled < buffer.length) {
    const bytes = readSync(file, buffer, filled, buffer.length - filled, null)
    if (bytes === 0) break
    filled += bytes
  }
  return buffer.subarray(0, filled)
}

function kind(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a symlink'
  if (stats.isDirectory()) return 'a folder'
  return stats.isFile() ? 'a file' : 'something else'
}

/**
 * How the second tree differs from the first, one sentence each; empty when it does not. Content byte by byte, names
 * exactly as spelled, empty folders too. The engine's own folder at either top is not looked at.
 */
export function compareTrees(first: string, second: string, options: CompareOptions = {}): string[] {
  const { mtime = true, executable = process.platform !== 'win32', followLinks = false } = options
  const differences: string[] = []

  const visit = (path: string): void => {
    const [a, b] = [join(first, path), join(second, path)]
    const [ofA, ofB] = [followLinks ? statSync(a) : lstatSync(a), lstatSync(b)]
    const say = (what: string) => differences.push(`${path || '.'}: ${what}`)
    if (kind(ofA) !== kind(ofB)) return void say(`${kind(ofA)} became ${kind(ofB)}`)
    if (ofA.isDirectory()) {
      const names = [new Set(readdirSync(a)), new Set(readdirSync(b))] as const
      if (path === '') for (const set of names) set.delete(ENGINE_FOLDER)
      for (const name of names[0]) {
        if (names[1].has(name)) visit(path === '' ? name : `${path}/${name}`)
        else differences.push(`${join(path, name)}: missing`)
      }
      for (const name of names[1]) if (!names[0].has(name)) differences.push(`${join(path, name)}: extra`)
      return
    }
    if (!ofA.isFile()) return
    if (ofA.size !== ofB.size) say(`${ofA.size} bytes became ${ofB.size}`)
    else if (!sameContent(a, b)) say('content differs')
    if (mtime && Math.abs(ofA.mtimeMs - ofB.mtimeMs) >= 1) {
      say(`mtime ${ofA.mtime.toISOString()} became ${ofB.mtime.toISOString()}`)
    }
    if (executable && (ofA.mode & 0o100) !== (ofB.mode & 0o100)) say('the executable bit changed')
  }

  visit('')
  return differences
}

/** Throws if a receive folder still holds staged data: in the engine's staging folder, or under one of its names elsewhere. */
export function assertNoPartial(root: string): void {
  const found: string[] = []
  const visit = (path: string, staged: boolean): void => {
    for (const entry of readdirSync(join(root, path), { withFileTypes: true })) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`
      const isStaged = staged || inner === `${ENGINE_FOLDER}/staging` || (entry.name.startsWith('.holdfast') && inner !== ENGINE_FOLDER)
      if (entry.isDirectory()) visit(inner, isStaged)
      else if (isStaged && entry.name !== '.holdfastignore') found.push(inner)
    }
  }
  visit('', false)
  if (found.length > 0) throw new Error(`unfinished data is left in ${root}: ${found.slice(0, 10).join(', ')} (${found.length} in all)`)
}
