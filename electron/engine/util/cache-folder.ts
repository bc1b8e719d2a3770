import { lstatSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, posix, win32 } from 'node:path'

/** The platform's place for what can be made again, by the XDG specification where there is no other. */
export function cacheFolder({ env, platform, userHome }: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly userHome: string
}): string {
  if (platform === 'win32') return win32.join(env['LOCALAPPDATA'] || win32.join(userHome, 'AppData', 'Local'), 'Holdfast', 'Cache')
  if (platform === 'darwin') return posix.join(userHome, 'Library', 'Caches', 'Holdfast')
  const cache = env['XDG_CACHE_HOME']
  return posix.join(cache && isAbsolute(cache) ? cache : posix.join(userHome, '.cache'), 'holdfast')
}

/** The same, made when it is not there. Undefined where nothing can be kept, or others than this user could have put it there. */
export function privateCacheFolder(name: string): string | undefined {
  const folder = join(cacheFolder({ env: process.env, platform: process.platform, userHome: homedir() }), name)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return isPrivate(folder) ? folder : undefined
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
