import { MAX_VERSION_PAIRS } from '../protocol/limits.ts'
import type { DeviceTag, Version } from './entry.ts'

export type Relation = 'equal' | 'covers' | 'covered' | 'concurrent'

/** How `a` stands to `b`: `covers` means that whoever made `a` had seen `b`. */
export function compareVersions(a: Version, b: Version): Relation {
  let more = false
  let less = false
  let at = 0
  let bt = 0
  for (let left = a[at], right = b[bt]; left ?? right; left = a[at], right = b[bt]) {
    if (right === undefined || (left !== undefined && left[0] < right[0])) {
      more = true
      at += 1
    } else if (left === undefined || left[0] > right[0]) {
      less = true
      bt += 1
    } else {
      if (left[1] > right[1]) more = true
      if (left[1] < right[1]) less = true
      at += 1
      bt += 1
    }
  }
  if (more) return less ? 'concurrent' : 'covers'
  return less ? 'covered' : 'equal'
}

/** The least version that covers both. */
export function mergeVersions(a: Version, b: Version): Version {
  switch (compareVersions(a, b)) {
    case 'equal':
    case 'covers':
      return a
    case 'covered':
      return b
    case 'concurrent': {
      const counters = new Map(a)
      for (const [tag, counter] of b) counters.set(tag, Math.max(counters.get(tag) ?? 0, counter))
      return ascending(counters)
    }
  }
}

/**
 * The version of an edit by `tag` that knew of `base`. Its own counter goes above every one in `seen` too, so that a
 * device whose journal was restored from a backup does not give the same version to two contents.
 */
export function bumpVersion(base: Version, tag: DeviceTag, seen: readonly Version[] = []): Version {
  const own = [base, ...seen].reduce((most, version) => Math.max(most, counterOf(version, tag)), 0)
  const counters = new Map(base)
  // A counter that a peer has driven to the end stays there: equal versions are then told apart by their content.
  counters.set(tag, Math.min(own + 1, Number.MAX_SAFE_INTEGER))
  if (counters.size > MAX_VERSION_PAIRS) counters.delete(leastOf(counters, tag))
  return ascending(counters)
}

export function counterOf(version: Version, tag: DeviceTag): number {
  return version.find(([device]) => device === tag)?.[1] ?? 0
}

/** For keys and tokens. */
export function versionText(version: Version): string {
  return version.map(([tag, counter]) => `${tag}:${counter}`).join(',')
}

/** Only a hostile peer fills a version up: what gives way makes the edit concurrent, and then both are kept. */
function leastOf(counters: ReadonlyMap<DeviceTag, number>, except: DeviceTag): DeviceTag {
  const others = [...counters].filter(([tag]) => tag !== except)
  return others.reduce((least, pair) => (pair[1] < least[1] ? pair : least), others[0] ?? ['', 0])[0]
}

function ascending(counters: ReadonlyMap<DeviceTag, number>): Version {
  return [...counters].sort(([a], [b]) => (a < b ? -1 : 1))
}
