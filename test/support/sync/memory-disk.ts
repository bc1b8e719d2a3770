import { HoldfastError } from '../../../shared/errors.ts'
import type { TrashItem } from '../../../shared/model/folder.ts'
import { IgnoreRules, MAX_IGNORE_BYTES, NO_RULES } from '../../../electron/engine/folder/ignore-rules.ts'
import { gatePath, POSIX_TARGET } from '../../../electron/engine/folder/path-gate.ts'
import { otherVolume } from '../../../electron/engine/folder/sync-walk.ts'
import { numberedPath } from '../../../electron/engine/sync/conflict-name.ts'
import type { Stamp } from '../../../electron/engine/sync/entry.ts'
import { isAtOrBelow, parentOf } from '../../../electron/engine/sync/folder-context.ts'
import { sameStamp } from '../../../electron/engine/sync/notice.ts'
import type { DiskAction, DiskItem, DiskResult, Expected, HashResult, Listing, StageFile, SyncDisk, SyncTrash } from '../../../electron/engine/sync/ports.ts'
import { trashedBytes } from '../../../electron/engine/sync/disk/folder-disk.ts'
import { TrashRoom } from '../../../electron/engine/sync/disk/trash-room.ts'
import { blake3, fileDigest } from '../../../electron/engine/util/digest.ts'
import { compareTreeOrder } from '../../../electron/engine/util/tree-order.ts'

const IGNORE_FILE = '.holdfastignore'
const BLOCK_BYTES = 1024 * 1024
const LIST_BATCH = 1_024
const VOLUME_BYTES = 2 ** 40
const TRASH_MS = 30 * 86_400_000

export interface MemoryFile {
  readonly bytes: Uint8Array
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
  readonly executable: boolean
}
interface Trashed {
  readonly id: string
  readonly path: string
  readonly file: MemoryFile
  readonly atMs: number
  readonly reason: 'deleted' | 'replaced'
  readonly by: string | null
}

/** What is on a disk, whoever looks at it: it outlives the engine. */
export class MemoryVolume {
  readonly nodes = new Map<string, MemoryFile | 'folder'>()
  readonly staged = new Map<number, { bytes: Uint8Array; mtimeMs: number; executable: boolean }>()
  trashed: Trashed[] = []
  marker: string | undefined
  present = true
  /** Folders that are on another volume. */
  readonly mounted = new Set<string>()
  /** Told when the engine has made content disappear altogether. */
  lost: (content: string) => void = () => undefined
  readonly #now: () => number
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  get nowMs(): number {
    return this.#now()
  }

  put(path: string, bytes: Uint8Array, options: { mtimeMs?: number; executable?: boolean } = {}): void {
    this.folder(parentOf(path))
    this.nodes.set(path, this.made(bytes, options.mtimeMs ?? this.nowMs, options.executable ?? false))
  }

  /** A new file; changes of one keep its inode. */
  made(bytes: Uint8Array, mtimeMs: number, executable: boolean, inode?: number): MemoryFile {
    this.#count += 1
    return { bytes, mtimeMs, ctimeMs: this.nowMs + this.#count / 2_000, inode: inode ?? this.#count, executable }
  }

  folder(path: string): void {
    if (path === '' || this.nodes.get(path) === 'folder') return
    this.folder(parentOf(path))
    this.nodes.set(path, 'folder')
  }

  remove(path: string): void {
    for (const at of [...this.nodes.keys()]) if (isAtOrBelow(at, path)) this.nodes.delete(at)
  }

  move(from: string, to: string): void {
    const moved = [...this.nodes].filter(([at]) => isAtOrBelow(at, from))
    for (const [at] of moved) this.nodes.delete(at)
    for (const [at, node] of moved) this.nodes.set(to + at.slice(from.length), node)
  }

  /** The contents of all files, also in the trash. */
  contents(): Set<string> {
    const live = [...this.nodes.values()].flatMap((node) => (node === 'folder' ? [] : [contentKey(node.bytes)]))
    return new Set([...live, ...this.trashed.map(({ file }) => contentKey(file.bytes))])
  }

  nextId(): string {
    this.#count += 1
    return String(this.#count).padStart(12, '0')
  }
}

const keys = new WeakMap<Uint8Array, string>()
/** The whole content where it is short. */
export function contentKey(bytes: Uint8Array): string {
  if (bytes.length <= 200) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const known = keys.get(bytes)
  if (known !== undefined) return known
  const made = hashOf(bytes).digest.toString('hex')
  keys.set(bytes, made)
  return made
}

/** Of a content by its key, in hex. */
export function digestOfContent(content: string): string {
  return content.length <= 200 && !/^[0-9a-f]{64}$/.test(content) ? blake3(Buffer.from(content, 'latin1')).toString('hex') : content
}

const hashes = new WeakMap<Uint8Array, { digest: Buffer; blocks: Uint8Array }>()
function hashOf(bytes: Uint8Array): { digest: Buffer; blocks: Uint8Array } {
  const known = hashes.get(bytes)
  if (known) return known
  const made = bytes.length <= BLOCK_BYTES ? { digest: blake3(bytes), blocks: new Uint8Array(0) } : longHash(bytes)
  hashes.set(bytes, made)
  return made
}
function longHash(bytes: Uint8Array): { digest: Buffer; blocks: Uint8Array } {
  const digests: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) digests.push(blake3(bytes.subarray(at, at + BLOCK_BYTES)))
  const blocks = new Uint8Array(Buffer.concat(digests))
  return { digest: fileDigest(bytes.length, blocks), blocks }
}

/** How one engine reaches the disk: each step may take time, or be the last before a crash. */
export interface DiskGate {
  /** Before each look and each change. */
  step(what: string): Promise<void>
}
const OPEN_GATE: DiskGate = { step: () => Promise.resolve() }

/** A shared folder on a disk in memory, for the simulation. */
export class MemoryDisk implements SyncDisk {
  readonly keepsExecutable = true
  readonly trash: SyncTrash
  readonly #volume: MemoryVolume
  readonly #id: string
  readonly #gate: DiskGate
  #rules = NO_RULES
  #isLimited = false

  constructor(volume: MemoryVolume, id: string, gate: DiskGate = OPEN_GATE) {
    this.#volume = volume
    this.#id = id
    this.#gate = gate
    const amount = () => ({ files: volume.trashed.length, bytes: volume.trashed.reduce((sum, { file }) => sum + file.bytes.length, 0) })
    const room = new TrashRoom({
      now: () => volume.nowMs,
      monotonic: () => volume.nowMs,
      bytes: () => Promise.resolve(amount().bytes),
      count: () => Promise.resolve(),
      expire: (nowMs) => this.trash.expire(nowMs),
      volumeBytes: () => Promise.resolve(VOLUME_BYTES),
    })
    this.trash = {
      list: (options) => this.#listTrash(options),
      amount: async () => {
        await this.#ready('amount')
        return amount()
      },
      restore: (id) => this.#restore(id),
      empty: async () => {
        await this.#ready('empty')
        volume.trashed = []
      },
      expire: async (nowMs) => {
        await this.#ready('expire')
        volume.trashed = volume.trashed.filter(({ atMs }) => nowMs - atMs <= TRASH_MS)
      },
      setLimit: (bytes) => {
        this.#isLimited = bytes !== undefined
        room.setLimit(bytes)
      },
      limitBytes: () => room.limitBytes(),
      problem: (path, bytes, comingBytes) => room.problem(path, bytes, comingBytes),
    }
  }

  async adopt(): Promise<void> {
    await this.#gate.step('adopt')
    const { marker, present } = this.#volume
    if (!present) throw missing()
    if (marker !== undefined && marker !== this.#id) throw new HoldfastError('USAGE_INVALID', 'Another folder is shared there.')
    this.#volume.marker = this.#id
  }
  async release(): Promise<void> {
    await this.#gate.step('release')
    this.#volume.marker = undefined
    this.#volume.staged.clear()
  }
  async check(): Promise<void> {
    await this.#ready('check')
    this.#readRules()
  }

  async *list(under = '', signal?: AbortSignal): AsyncGenerator<Listing> {
    await this.#ready(`list ${under}`)
    const problem = this.#readRules()
    const names = [...this.#volume.nodes.keys()].filter((path) => path !== under && isAtOrBelow(path, under)).sort(compareTreeOrder)
    if (problem) yield { items: [], problems: [problem] }
    for (let at = 0; at < names.length; at += LIST_BATCH) {
      signal?.throwIfAborted()
      const found = names.slice(at, at + LIST_BATCH).flatMap((path) => this.#item(path) ?? [])
      await this.#ready('listing')
      const foreign = [...new Set(found.flatMap(({ leftOut, path: folder }) => (leftOut ? [folder] : [])))]
      yield { items: found.filter(({ leftOut }) => !leftOut), problems: foreign.map((folder) => ({ path: folder, error: HoldfastError.from(otherVolume(folder)) })) }
    }
  }
  async stat(path: string): Promise<DiskItem | undefined> {
    await this.#ready('stat')
    return this.#item(path)
  }
  ignores(path: string, kind: 'file' | 'folder'): boolean {
    return this.#rules.ignores(path, kind)
  }
  async hash(paths: readonly string[]): Promise<readonly HashResult[]> {
    await this.#ready('hash')
    const before = paths.map((path) => this.#file(path))
    await this.#gate.step('hashing')
    return before.map((file, at): HashResult => {
      if (!file) return { kind: 'gone' }
      if (this.#file(paths[at]!) !== file) return { kind: 'changing' }
      const { digest, blocks } = hashOf(file.bytes)
      return { kind: 'hashed', stamp: stampOf(file), executable: file.executable, digest: new Uint8Array(digest), blocks }
    })
  }
  async read(path: string, stamp: Stamp, offset: number, length: number): Promise<Uint8Array | undefined> {
    await this.#ready('read')
    const file = this.#file(path)
    return file && sameStamp(stampOf(file), stamp) ? file.bytes.slice(offset, offset + length) : undefined
  }

  nameProblem(path: string): HoldfastError | undefined {
    const gated = path === IGNORE_FILE ? { ok: true as const } : gatePath(path, POSIX_TARGET)
    return gated.ok ? undefined : new HoldfastError('FILE_NAME_REFUSED', `The name ${gated.reason}.`)
  }
  async freeBytes(): Promise<number> {
    await this.#ready('free')
    return VOLUME_BYTES
  }
  async stage(files: readonly StageFile[]): Promise<readonly (HoldfastError | undefined)[]> {
    await this.#ready('stage')
    for (const { id, mtimeMs, executable, bytes } of files) {
      this.#volume.staged.set(id, { bytes: bytes?.slice() ?? this.#volume.staged.get(id)?.bytes ?? new Uint8Array(0), mtimeMs, executable })
    }
    return files.map(() => undefined)
  }
  async writeBlock(id: number, offset: number, bytes: Uint8Array): Promise<void> {
    await this.#ready('write')
    this.#write(id, offset, bytes)
  }
  async copyBlock(id: number, offset: number, length: number, from: { path: string; stamp: Stamp; offset: number }): Promise<Uint8Array | undefined> {
    await this.#ready('copy')
    const file = this.#file(from.path)
    if (!file || !sameStamp(stampOf(file), from.stamp) || from.offset + length > file.bytes.length) return undefined
    const bytes = file.bytes.subarray(from.offset, from.offset + length)
    this.#write(id, offset, bytes)
    return bytes
  }
  async flush(): Promise<void> {
    await this.#ready('flush')
  }
  async staged(): Promise<readonly number[]> {
    await this.#ready('staged')
    return [...this.#volume.staged.keys()]
  }
  async hashStaged(id: number): Promise<Uint8Array | undefined> {
    await this.#ready('hash staged')
    const file = this.#volume.staged.get(id)
    return file && (file.bytes.length > BLOCK_BYTES ? longHash(file.bytes).blocks : blake3(file.bytes))
  }
  async unstage(ids?: readonly number[]): Promise<void> {
    await this.#ready('unstage')
    for (const id of ids ?? [...this.#volume.staged.keys()]) this.#volume.staged.delete(id)
  }

  async apply(actions: readonly DiskAction[]): Promise<readonly DiskResult[]> {
    const results: DiskResult[] = []
    for (const action of actions) {
      await this.#ready(`${action.kind} ${action.path}`)
      const bytes = trashedBytes(action)
      const full = bytes === undefined || !this.#isLimited ? undefined : await this.trash.problem(action.path, bytes)
      results.push(full ? { kind: 'failed', error: full } : await this.#act(action))
    }
    return results
  }

  async readIgnoreFile(): Promise<string> {
    await this.#ready('read ignore file')
    const file = this.#file(IGNORE_FILE)
    return file ? new TextDecoder().decode(file.bytes) : ''
  }
  async writeIgnoreFile(text: string): Promise<void> {
    await this.#ready('write ignore file')
    const rules = new IgnoreRules(text)
    if (text.length > MAX_IGNORE_BYTES || rules.refused.length > 0) throw new HoldfastError('USAGE_INVALID', 'These rules cost too much.')
    this.#volume.put(IGNORE_FILE, new TextEncoder().encode(text))
    this.#rules = rules
  }

  async #act(action: DiskAction): Promise<DiskResult> {
    const { nodes } = this.#volume
    const { path } = action
    for (const name of [path, 'from' in action ? action.from : undefined, 'keepAs' in action ? action.keepAs : undefined]) {
      const error = name === undefined ? undefined : this.nameProblem(name)
      if (error) return { kind: 'failed', error }
    }
    switch (action.kind) {
      case 'make-folder':
        if (!this.#isFolder(parentOf(path)) || (nodes.has(path) && !this.#isFolder(path))) return { kind: 'changed' }
        nodes.set(path, 'folder')
        return { kind: 'done' }
      case 'remove-folder':
        if (!nodes.has(path) && this.#isFolder(parentOf(path))) return { kind: 'done' }
        if (!this.#isFolder(path) || [...nodes.keys()].some((at) => at !== path && isAtOrBelow(at, path))) return { kind: 'changed' }
        nodes.delete(path)
        return { kind: 'done' }
      case 'trash': {
        const file = this.#file(path)
        if (!file || !sameStamp(stampOf(file), action.expected)) return { kind: 'changed' }
        this.#toTrash(path, file, 'deleted', action.by)
        await this.#gate.step('trash: linked')
        // Somebody has changed it in the meantime: then that stays.
        if (this.#file(path) !== file) return { kind: 'changed' }
        this.#put(path, undefined)
        return { kind: 'done' }
      }
      case 'move': {
        const file = this.#file(action.from)
        if (!file || !sameStamp(stampOf(file), action.expected) || nodes.has(path) || !this.#isFolder(parentOf(path))) return { kind: 'changed' }
        nodes.set(path, file)
        this.#put(action.from, undefined)
        await this.#gate.step('move: renamed')
        return this.#setAttributes(path, file, action)
      }
      case 'attributes': {
        const file = this.#file(path)
        if (!file || !sameStamp(stampOf(file), action.expected)) return { kind: 'changed' }
        return this.#setAttributes(path, file, action)
      }
      case 'place':
        return await this.#place(action)
    }
  }

  async #place({ id, path, expected, keepAs, by }: Extract<DiskAction, { kind: 'place' }>): Promise<DiskResult> {
    const { nodes, staged } = this.#volume
    const from = staged.get(id)
    if (!from) return { kind: 'failed', error: new HoldfastError('FILE_VANISHED', 'It is not staged.') }
    if (!this.#isFolder(parentOf(path)) || !this.#isAsExpected(path, expected)) return { kind: 'changed' }
    const old = this.#file(path)
    if (keepAs !== undefined && old && (nodes.has(keepAs) || !this.#isFolder(parentOf(keepAs)))) return { kind: 'changed' }
    if (old && keepAs === undefined) this.#toTrash(path, old, 'replaced', by)
    if (old && keepAs !== undefined) nodes.set(keepAs, old)
    await this.#gate.step('place: linked')
    if (this.#file(path) !== old || (!old && nodes.has(path)) || !this.#isFolder(parentOf(path))) return { kind: 'changed' }
    // Somebody was quick, and has changed the copy already.
    if (old && keepAs !== undefined && this.#file(keepAs) !== old) return { kind: 'changed' }
    const file = this.#volume.made(from.bytes, from.mtimeMs, from.executable)
    this.#put(path, file)
    staged.delete(id)
    if (!old || keepAs === undefined) return { kind: 'done', stamp: stampOf(file) }
    const kept = this.#volume.made(old.bytes, old.mtimeMs, old.executable, old.inode)
    if (this.#file(keepAs) === old) nodes.set(keepAs, kept)
    return { kind: 'done', stamp: stampOf(file), kept: { path: keepAs, stamp: stampOf(kept) } }
  }

  #setAttributes(path: string, file: MemoryFile, { mtimeMs, executable }: { mtimeMs: number; executable: boolean }): DiskResult {
    if (this.#file(path) !== file) return { kind: 'changed' }
    const now = this.#volume.made(file.bytes, mtimeMs, executable, file.inode)
    this.#volume.nodes.set(path, now)
    return { kind: 'done', stamp: stampOf(now) }
  }

  /** What was there must be somewhere else by now. */
  #put(path: string, file: MemoryFile | undefined): void {
    const { nodes } = this.#volume
    const old = nodes.get(path)
    if (file) nodes.set(path, file)
    else nodes.delete(path)
    if (old && old !== 'folder' && !this.#volume.contents().has(contentKey(old.bytes))) this.#volume.lost(`${path}: ${contentKey(old.bytes)}`)
  }

  #toTrash(path: string, file: MemoryFile, reason: 'deleted' | 'replaced', by: string | null): void {
    this.#volume.trashed.push({ id: this.#volume.nextId(), path, file, atMs: this.#volume.nowMs, reason, by })
  }

  async #listTrash(options: { search?: string; offset: number; limit: number }): Promise<{ total: number; items: readonly TrashItem[] }> {
    await this.#ready('list trash')
    const search = options.search?.toLowerCase() ?? ''
    const found = this.#volume.trashed.filter(({ path }) => path.toLowerCase().includes(search)).reverse()
    const items = found.slice(options.offset, options.offset + options.limit)
    return { total: found.length, items: items.map(({ id, path, file, atMs, reason, by }) => ({ id, path, size: file.bytes.length, atMs, reason, deviceName: by })) }
  }

  async #restore(id: string): Promise<string> {
    await this.#ready('restore')
    const item = this.#volume.trashed.find((one) => one.id === id)
    if (!item) throw new HoldfastError('PATH_NOT_FOUND', 'It is not in the trash any more.')
    let folder = parentOf(item.path)
    for (let at = folder; at !== ''; at = parentOf(at)) if (this.#file(at)) folder = ''
    const wanted = folder === '' ? item.path.slice(item.path.lastIndexOf('/') + 1) : item.path
    let path = wanted
    for (let number = 2; this.#volume.nodes.has(path); number += 1) path = numberedPath(wanted, number)
    this.#volume.folder(parentOf(path))
    this.#volume.nodes.set(path, this.#volume.made(item.file.bytes, item.file.mtimeMs, item.file.executable, item.file.inode))
    this.#volume.trashed = this.#volume.trashed.filter((one) => one !== item)
    return path
  }

  #write(id: number, offset: number, bytes: Uint8Array): void {
    const staged = this.#volume.staged.get(id)
    if (!staged) throw new Error(`nothing is staged under ${id}`)
    if (staged.bytes.length < offset + bytes.length) {
      const longer = new Uint8Array(offset + bytes.length)
      longer.set(staged.bytes)
      staged.bytes = longer
    }
    staged.bytes.set(bytes, offset)
  }

  #item(path: string): DiskItem | undefined {
    if (this.nameProblem(path)) return undefined
    const foreign = [...this.#volume.mounted].find((folder) => isAtOrBelow(path, folder))
    if (foreign !== undefined) return { path: foreign, kind: 'folder', stamp: { size: 0, mtimeMs: 0, ctimeMs: 0, inode: 0 }, executable: false, leftOut: otherVolume(foreign) }
    const node = this.#volume.nodes.get(path)
    if (!node || this.#rules.ignores(path, node === 'folder' ? 'folder' : 'file')) return undefined
    if (node === 'folder') return { path, kind: 'folder', stamp: { size: 0, mtimeMs: 0, ctimeMs: 0, inode: 0 }, executable: false }
    return { path, kind: 'file', stamp: stampOf(node), executable: node.executable }
  }

  #file(path: string): MemoryFile | undefined {
    const node = this.#volume.nodes.get(path)
    return node === 'folder' ? undefined : node
  }
  #isFolder(path: string): boolean {
    return path === '' || this.#volume.nodes.get(path) === 'folder'
  }
  #isAsExpected(path: string, expected: Expected): boolean {
    const node = this.#volume.nodes.get(path)
    if (expected === 'nothing') return node === undefined
    return node !== undefined && node !== 'folder' && sameStamp(stampOf(node), expected)
  }

  #readRules(): Listing['problems'][number] | undefined {
    const file = this.#file(IGNORE_FILE)
    this.#rules = file ? new IgnoreRules(new TextDecoder().decode(file.bytes)) : NO_RULES
    const [refused] = this.#rules.refused
    return refused && { path: IGNORE_FILE, error: new HoldfastError('USAGE_INVALID', `Line ${refused.line} is left out.`) }
  }

  async #ready(what: string): Promise<void> {
    await this.#gate.step(what)
    if (!this.#volume.present || this.#volume.marker !== this.#id) throw missing()
  }
}

export function stampOf({ bytes, mtimeMs, ctimeMs, inode }: MemoryFile): Stamp {
  return { size: bytes.length, mtimeMs, ctimeMs, inode }
}

function missing(): HoldfastError {
  return new HoldfastError('FOLDER_MISSING', 'The folder is not there.')
}
