import { closeSync, linkSync, lstatSync, mkdtempSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { HOST_TARGET, ENGINE_FOLDER, type GateTarget } from './path-gate.ts'

/** What a volume does with names, found out by trying. */
export interface VolumeTraits {
  /** `Makefile` and `makefile` are one file. */
  readonly foldsCase: boolean
  /** Composed and decomposed forms are one file. */
  readonly foldsUnicode: boolean
  readonly hardLinks: boolean
  /** The volume takes no name that Windows does not take: exFAT and NTFS, wherever they are mounted. */
  readonly windowsNames: boolean
}

const probed = new Map<string, { readonly device: number; readonly inode: number; readonly traits: VolumeTraits }>()
const MAX_REMEMBERED = 64

/** Traits of the volume of a receive folder; tried once per folder, and again when another volume is mounted there. */
export function volumeTraits(root: string): VolumeTraits {
  const { dev, ino } = statSync(join(root, ENGINE_FOLDER))
  const known = probed.get(root)
  if (known && known.device === dev && known.inode === ino) return known.traits
  const traits = probeVolume(join(root, ENGINE_FOLDER))
  if (probed.size >= MAX_REMEMBERED) probed.clear()
  probed.set(root, { device: dev, inode: ino, traits })
  return traits
}

/** What the path gate must demand of names in this receive folder. */
export function gateTarget(traits: VolumeTraits): GateTarget {
  return { windowsNames: traits.windowsNames || HOST_TARGET.windowsNames, separator: HOST_TARGET.separator }
}

/** Tries it in a temporary folder below `folder`, and leaves nothing behind. */
export function probeVolume(folder: string): VolumeTraits {
  const place = mkdtempSync(join(folder, 'probe-'))
  try {
    const file = join(place, 'Probe-\u00e9')
    closeSync(openSync(file, 'wx', 0o600))
    return {
      foldsCase: isThere(join(place, 'pROBE-\u00e9')),
      foldsUnicode: isThere(join(place, 'Probe-e\u0301')),
      hardLinks: succeeds(() => linkSync(file, join(place, 'linked'))),
      windowsNames: !succeeds(() => closeSync(openSync(join(place, 'a?"b'), 'wx', 0o600))),
    }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function succeeds(attempt: () => void): boolean {
  try {
    attempt()
    return true
  } catch {
    return false
  }
}
