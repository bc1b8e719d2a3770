import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach } from 'vitest'
import { PackBuilder } from '../../../electron/engine/protocol/pack-builder.ts'
import { BLOCK_BYTES, BULK_BUFFER_BYTES, FRAME_HEADER_BYTES } from '../../../electron/engine/protocol/limits.ts'
import { blake3, fileDigest } from '../../../electron/engine/util/digest.ts'
import type { FinishFile, ReceivePlace } from '../../../electron/engine/folder/ports.ts'
import { ReceiveFolder } from '../../../electron/engine/folder/receive-folder.ts'
import { ensureStaging, stagedPath } from '../../../electron/engine/folder/staging.ts'
import type { VolumeTraits } from '../../../electron/engine/folder/volume-probe.ts'

export const TRANSFER = 'ab'.repeat(16)
export const PLAIN_VOLUME: VolumeTraits = { foldsCase: false, foldsUnicode: false, hardLinks: true, windowsNames: false }
export const FOLDING_VOLUME: VolumeTraits = { ...PLAIN_VOLUME, foldsCase: true, foldsUnicode: true }
export const LINKLESS_VOLUME: VolumeTraits = { ...PLAIN_VOLUME, hardLinks: false }

const made: string[] = []
afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A temporary folder, removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-folder-'))
  made.push(folder)
  return folder
}

/** A receive folder that is ready, and beside it an empty folder `outside`. */
export function receivePlace(): { place: ReceivePlace; root: string; outside: string } {
  const folder = temporaryFolder()
  const root = join(folder, 'received')
  const outside = join(folder, 'outside')
  mkdirSync(outside)
  ReceiveFolder.open(root, { create: true })
  return { place: { root, transferId: TRANSFER }, root, outside }
}

/** Makes files (with their folders) from a map of path to content. */
export function plant(root: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

/** All there is below a folder but the engine's own: path to content, folders as `null`, links as `'->'`. */
export function tree(root: string, below = ''): Record<string, string | null> {
  const found: Record<string, string | null> = {}
  for (const name of readdirSync(join(root, below)).sort()) {
    if (below === '' && name === '.holdfast') continue
    const path = below === '' ? name : `${below}/${name}`
    const stats = lstatSync(join(root, path))
    if (stats.isDirectory()) Object.assign(found, { [path]: null }, tree(root, path))
    else found[path] = stats.isSymbolicLink() ? '->' : readFileSync(join(root, path), 'utf8')
  }
  return found
}

/** Puts a file straight into staging, as a lane would, and returns what `finish` needs to know of it. */
export function staged(place: ReceivePlace, file: number, path: string, content: string, onConflict: FinishFile['onConflict'] = 'keep-both'): FinishFile {
  ensureStaging(place)
  writeFileSync(stagedPath(place, file), content)
  return finishFile(file, path, content, onConflict)
}

export function finishFile(file: number, path: string, content: string, onConflict: FinishFile['onConflict'] = 'keep-both'): FinishFile {
  const bytes = Buffer.from(content)
  return { file, path, digest: digestOf(bytes), size: bytes.length, onConflict }
}

export function digestOf(bytes: Uint8Array): Buffer {
  const blocks: Buffer[] = []
  for (let at = 0; at < bytes.length || at === 0; at += BLOCK_BYTES) blocks.push(blake3(bytes.subarray(at, at + BLOCK_BYTES)))
  return fileDigest(bytes.length, Buffer.concat(blocks))
}

/** A pack body in shared memory, as it arrives. */
export function packOf(files: readonly { readonly file: number; readonly content: string; readonly digest?: Uint8Array }[]): {
  buffer: SharedArrayBuffer
  offset: number
  length: number
} {
  const buffer = new SharedArrayBuffer(BULK_BUFFER_BYTES)
  const bytes = Buffer.from(buffer)
  const pack = new PackBuilder(bytes, FRAME_HEADER_BYTES, Buffer.from(TRANSFER, 'hex'), files.length)
  for (const { file, content, digest } of files) {
    const length = bytes.write(content, pack.dataAt)
    pack.add(file, 0, length, digest ?? blake3(content))
  }
  return { buffer, offset: FRAME_HEADER_BYTES, length: pack.finish() }
}
