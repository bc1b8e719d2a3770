import type { DeviceId } from '../../../shared/model/device.ts'

/**
 * Who has edited a file how often: a version vector (Parker et al. 1983, as in Syncthing's BEP). Device tags ascend, no
 * tag twice, counters from 1. One version covers another when each of its counters is at least as large; two that do not
 * cover each other are concurrent.
 */
export type Version = readonly (readonly [tag: DeviceTag, counter: number])[]

/** The first 26 characters of a device id without its dashes (130 bits): what names a device in a version. */
export type DeviceTag = string

export function deviceTag(id: DeviceId): DeviceTag {
  return id.replaceAll('-', '').slice(0, 26)
}

/** One name in a shared folder, as one device knows it and tells it to others. A deletion is an entry too: it has a version. */
export interface Entry {
  /** Slash-separated, relative to the folder, as on the wire. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'deleted'
  readonly version: Version
  /** Bytes; 0 unless a file. */
  readonly size: number
  /** Whole ms since the epoch. Of a deletion: when it was noticed. Of a folder: not compared, never set. */
  readonly mtimeMs: number
  readonly executable: boolean
  /** A file's digest as `holdfast digest` has it (32 bytes); empty unless a file. */
  readonly digest: Uint8Array
  /** Who made the latest edit in `version`. */
  readonly modifiedBy: DeviceTag
}

/** What a file on disk was when its digest was taken: a difference in any of these means it must be read again. */
export interface Stamp {
  readonly size: number
  /** With its fraction, as the file system gives it. */
  readonly mtimeMs: number
  readonly ctimeMs: number
  readonly inode: number
}

/** An entry of this device, with what only it knows. */
export interface LocalEntry extends Entry {
  /** Ascends over all entries of the folder here; a changed entry gets the next. Peers ask for what is above what they have. */
  readonly sequence: number
  /** Files only; absent while the file is known but not on disk as recorded. */
  readonly stamp?: Stamp
  /** `receive-only`: what is on disk differs from this entry and is told to nobody. */
  readonly changedHere?: boolean
}
