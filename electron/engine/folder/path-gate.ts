import { MAX_PATH_BYTES, MAX_PATH_DEPTH } from '../protocol/limits.ts'
import { windowsNameProblem } from './windows-names.ts'

/** Everything whose name begins like this (in any case or Unicode form) belongs to the engine; no peer can name it. */
export const ENGINE_FOLDER = '.holdfast'

/** What the destination demands of names: `windowsNames` on Windows itself and on volumes that keep its rules (exFAT). */
export interface GateTarget {
  readonly windowsNames: boolean
  readonly separator: '/' | '\\'
}
export const POSIX_TARGET: GateTarget = { windowsNames: false, separator: '/' }
export const WINDOWS_TARGET: GateTarget = { windowsNames: true, separator: '\\' }
export const HOST_TARGET: GateTarget = process.platform === 'win32' ? WINDOWS_TARGET : POSIX_TARGET

export type GateResult =
  /** `relative`: for this platform, below the receive folder. */
  | { readonly ok: true; readonly segments: readonly string[]; readonly relative: string }
  /** `reason` continues "the name …" and holds none of the peer's text. */
  | { readonly ok: false; readonly reason: string }

const MAX_SEGMENT_BYTES = 255
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
/** Embeddings, overrides and isolates: they show `gpj.exe` as `exe.jpg`. Plain marks (U+200E, U+200F) are part of honest names. */
const BIDI_CONTROL = /[\u202a-\u202e\u2066-\u2069]/
const LONE_SURROGATE = /\p{Surrogate}/u
/** Most names: nothing in them folds, hides or turns. */
const PLAIN = /^[ -~]*$/
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu

/**
 * The one function that decides every name a peer sends: for create, stage, rename, metadata, clean-up and delete.
 * What passes stays below the root it is joined to, textually; symlinks on the way are `InsideFolders`' business.
 */
export function gatePath(wirePath: string, target: GateTarget = HOST_TARGET): GateResult {
  if (wirePath === '') return refused('is empty')
  if (isLonger(wirePath, MAX_PATH_BYTES)) return refused('is too long')
  if (wirePath.startsWith('/') || wirePath.startsWith('\\\\')) return refused('is absolute')
  if (/^[A-Za-z]:[\\/]/.test(wirePath)) return refused('begins with a drive')
  const segments = wirePath.split('/')
  if (segments.length > MAX_PATH_DEPTH) return refused('lies in too many folders')
  for (const segment of segments) {
    const reason = nameProblem(segment, target)
    if (reason !== undefined) return refused(reason)
  }
  return { ok: true, segments, relative: segments.join(target.separator) }
}

/** Why one segment is refused; undefined when it is fine. */
export function nameProblem(segment: string, target: GateTarget = HOST_TARGET): string | undefined {
  if (segment === '') return 'has an empty part'
  if (segment === '.' || segment === '..') return 'leads out of its folder'
  if (isLonger(segment, MAX_SEGMENT_BYTES)) return 'has a part of more than 255 bytes'
  const plain = PLAIN.test(segment)
  if (!plain) {
    if (CONTROL.test(segment)) return 'has control characters'
    if (BIDI_CONTROL.test(segment)) return 'has characters that reverse the direction of writing'
    if (LONE_SURROGATE.test(segment)) return 'is not valid Unicode'
  }
  if (isEngineName(plain ? segment : folded(segment))) return 'is reserved for Holdfast itself'
  return target.windowsNames ? windowsNameProblem(segment) : undefined
}

/**
 * Where a wire path goes here, once a top folder got another name because something was in its way. Gated before and
 * after, so that a name in the journal is trusted no more than one on the wire.
 */
export function gateRenamed(wirePath: string, renamedRoots: Readonly<Record<string, string>>, target: GateTarget = HOST_TARGET): GateResult {
  const gated = gatePath(wirePath, target)
  if (!gated.ok) return gated
  const [top = '', ...rest] = gated.segments
  const renamed = Object.hasOwn(renamedRoots, top) ? renamedRoots[top] : undefined
  return renamed === undefined ? gated : gatePath([renamed, ...rest].join('/'), target)
}

/** Folder of a transfer's unfinished files, below the receive folder. The id is the peer's choice: hexadecimal or nothing. */
export function gateStaging(transferId: string): readonly [string, string, string] {
  if (!/^[0-9a-f]{32}$/.test(transferId)) throw new RangeError('a transfer id is 16 bytes in lower-case hex')
  return [ENGINE_FOLDER, 'staging', transferId]
}

/** Name of a file in its transfer's staging folder. */
export function gateStagedName(file: number): string {
  if (!Number.isSafeInteger(file) || file < 0) throw new RangeError('a file number is a natural number')
  return String(file)
}

/** In UTF-8, which has at most three bytes for each of a string's units. */
function isLonger(text: string, bytes: number): boolean {
  return text.length > bytes || (text.length * 3 > bytes && Buffer.byteLength(text) > bytes)
}

function isEngineName(segment: string): boolean {
  return segment.slice(0, ENGINE_FOLDER.length).toLowerCase() === ENGINE_FOLDER
}

/** HFS+ ignores zero-width characters in names, and some volumes fold compatibility forms: without either. */
function folded(segment: string): string {
  return segment.normalize('NFKC').replace(IGNORABLE, '').toLowerCase().normalize('NFKC')
}

function refused(reason: string): GateResult {
  return { ok: false, reason }
}
