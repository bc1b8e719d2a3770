import { HoldfastError } from '../../../shared/errors.ts'
import type { Page } from '../../../shared/ipc/contract.ts'
import type { ConflictChoice, ConflictPreview, ConflictSide, SidePreview, SyncConflict } from '../../../shared/model/folder.ts'
import { shownName } from '../folder/names.ts'
import { originalOf } from '../util/conflict-name.ts'
import { numberedPath } from './conflict-name.ts'
import { pixelsOf } from './picture-size.ts'
import type { Stamp, LocalEntry } from './entry.ts'
import type { FolderSync } from './folder-sync.ts'
import type { DiskAction } from './ports.ts'

const MAX_TEXT_BYTES = 256 * 1024
const MAX_IMAGE_BYTES = 4 * 1024 * 1024
/** 8,000 × 6,000 and some: 200 MB in the window when it is drawn. */
const MAX_PIXELS = 50_000_000
const SNIFF_BYTES = 16
const IMAGES: readonly (readonly [type: string, begins: RegExp])[] = [
  ['png', /^89504e470d0a1a0a/],
  ['jpeg', /^ffd8ff/],
  ['gif', /^47494638(37|39)61/],
  ['webp', /^52494646.{8}57454250/],
]

type LiveFile = LocalEntry & { readonly stamp: Stamp }

export function listConflicts(folder: FolderSync, offset: number, limit: number): Page<SyncConflict> {
  const { total, items } = folder.store.conflictCopies(folder.id, offset, limit)
  return { total, offset, items: items.flatMap((copy) => conflictOf(folder, copy) ?? []) }
}

export async function previewConflict(folder: FolderSync, copyPath: string): Promise<ConflictPreview> {
  const { copy, original } = find(folder, copyPath)
  return { copy: await preview(folder, copy), original: original ? await preview(folder, original) : null }
}

/** What is not kept goes to the trash, as if a person had done all this by hand. */
export async function resolveConflict(folder: FolderSync, copyPath: string, keep: ConflictChoice): Promise<void> {
  if (folder.mode === 'receive-only') throw new HoldfastError('USAGE_INVALID', 'This folder only receives: resolve the conflict on another device.')
  const { copy, original, path } = find(folder, copyPath)
  if (keep === 'copy' && folder.store.local(folder.id, path)?.kind === 'folder') {
    throw new HoldfastError('USAGE_INVALID', `${shownName(path)} is a folder by now, which the copy can't replace. Keep both: the copy gets a name of its own.`)
  }
  const trash = (file: LiveFile): DiskAction => ({ kind: 'trash', path: file.path, expected: file.stamp, by: null })
  const move = (to: string): DiskAction => {
    return { kind: 'move', from: copyPath, expected: copy.stamp, path: to, mtimeMs: copy.mtimeMs, executable: copy.executable }
  }
  const touched = await folder.turns.take(async () => {
    const actions = keep === 'original' ? [trash(copy)] : keep === 'both' ? [move(await freePath(folder, path))] : [...(original ? [trash(original)] : []), move(path)]
    for (const action of actions) {
      const [result] = await folder.disk.apply([action])
      if (result?.kind === 'failed') throw result.error
      if (result?.kind !== 'done') throw changing(path)
    }
    return actions
  })
  await folder.lookAt(touched.flatMap((action) => ('from' in action ? [action.from, action.path] : [action.path])))
}

function conflictOf(folder: FolderSync, copy: LocalEntry): SyncConflict | undefined {
  const from = originalOf(copy.path)
  if (!from) return undefined
  const original = folder.store.local(folder.id, from.path)
  return {
    copyPath: copy.path,
    path: from.path,
    deviceName: from.device,
    copy: sideOf(copy),
    original: original?.kind === 'file' ? sideOf(original) : null,
    ...(original?.kind === 'folder' ? { folder: true } : {}),
  }
}

function sideOf({ size, mtimeMs, digest }: LocalEntry): ConflictSide {
  return { size, mtimeMs, digest: Buffer.from(digest).toString('hex') }
}

function find(folder: FolderSync, copyPath: string): { copy: LiveFile; original: LiveFile | undefined; path: string } {
  const from = originalOf(copyPath)
  const copy = live(folder, copyPath)
  if (!from || !copy) throw new HoldfastError('PATH_NOT_FOUND', `${shownName(copyPath)} is not there any more.`)
  return { copy, original: live(folder, from.path), path: from.path }
}

function live({ store, id }: FolderSync, path: string): LiveFile | undefined {
  const entry = store.local(id, path)
  return entry?.kind === 'file' && entry.stamp && !entry.changedHere ? { ...entry, stamp: entry.stamp } : undefined
}

/** Asks the disk too: of several copies of one file, the index has not seen yet where the one before went. */
async function freePath({ store, id, disk }: FolderSync, path: string): Promise<string> {
  for (let number = 2; ; number += 1) {
    const free = numberedPath(path, number)
    const there = store.local(id, free)
    if ((!there || (there.kind === 'deleted' && !there.changedHere)) && !(await disk.stat(free))) return free
  }
}

async function preview({ disk }: FolderSync, { path, stamp, size }: LiveFile): Promise<SidePreview> {
  const start = await disk.read(path, stamp, 0, Math.min(size, MAX_TEXT_BYTES))
  if (!start) throw changing(path)
  const type = imageType(start)
  if (type !== undefined) {
    if (size > MAX_IMAGE_BYTES) return { kind: 'other', picture: 'large' }
    const whole = size <= start.length ? start : await disk.read(path, stamp, 0, size)
    if (!whole) throw changing(path)
    const pixels = pixelsOf(type, whole)
    if (pixels === undefined) return { kind: 'other', picture: 'broken' }
    return pixels > MAX_PIXELS ? { kind: 'other', picture: 'large' } : { kind: 'image', type, base64: Buffer.from(whole).toString('base64') }
  }
  const text = !start.includes(0) ? decode(start, size > start.length) : undefined
  return text === undefined ? { kind: 'other' } : { kind: 'text', text, cut: size > start.length }
}

const changing = (path: string): HoldfastError => new HoldfastError('FILE_CHANGING', `${shownName(path)} has just been changed: look at it again.`)

function imageType(start: Uint8Array): string | undefined {
  const hex = Buffer.from(start.subarray(0, SNIFF_BYTES)).toString('hex')
  return IMAGES.find(([, begins]) => begins.test(hex))?.[0]
}

/** Undefined: not UTF-8. */
function decode(bytes: Uint8Array, cut: boolean): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: cut })
  } catch {
    return undefined
  }
}
