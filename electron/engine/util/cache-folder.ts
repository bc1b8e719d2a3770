import { lstatSync, mkdirSync } from 'node:fs'
import { dirname, isAbsolute, join, posix, win32 } from 'node:path'
import { platformFolder, type PlatformPlace, type UserFacts } from './platform-folder.ts'
import { userHome } from './user-home.ts'

const CACHES: PlatformPlace = { windows: ['LOCALAPPDATA', 'AppData\\Local'], macos: 'Caches', xdg: ['XDG_CACHE_HOME', '.cache'] }

/** The platform's place for what can be made again. Undefined where there is none. */
export function cacheFolder(facts: UserFacts): string | undefined {
  const folder = platformFolder(CACHES, facts)
  if (folder === undefined) return undefined
  if (facts.platform === 'win32') return win32.join(folder, 'Holdfast', 'Cache')
  return posix.join(folder, facts.platform === 'darwin' ? 'Holdfast' : 'holdfast')
}

/** A folder in it, made when it is not there. Undefined where nothing can be kept, or others than this user could put something there. */
export function privateCacheFolder(name: string): string | undefined {
  const cache = cacheFolder({ env: process.env, platform: process.platform, userHome: userHome() })
  if (cache === undefined || !isAbsolute(cache)) return undefined
  const folder = join(cache, name)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return isPrivate(dirname(folder)) && isPrivate(folder) ? folder : undefined
  } catch {
    return undefined
  }
}

/** On Windows the folder's place decides. */
function isPrivate(folder: string): boolean {
  if (process.getuid === undefined) return true
  const found = lstatSync(folder)
  return found.isDirectory() && found.uid === process.getuid() && (found.mode & 0o022) === 0
}
