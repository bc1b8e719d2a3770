import { lstatSync, mkdirSync } from 'node:fs'
import { dirname, isAbsolute, join, posix, win32 } from 'node:path'
import { userHome } from './user-home.ts'

/** The platform's place for what can be made again, by the XDG specification where there is no other. '' where there is none. */
export function cacheFolder({ env, platform, userHome: home }: {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly userHome: string
}): string {
  const xdg = env['XDG_CACHE_HOME']
  if (platform === 'win32' && env['LOCALAPPDATA']) return win32.join(env['LOCALAPPDATA'], 'Holdfast', 'Cache')
  if (platform !== 'win32' && platform !== 'darwin' && xdg && isAbsolute(xdg)) return posix.join(xdg, 'holdfast')
  if (home === '') return ''
  if (platform === 'win32') return win32.join(home, 'AppData', 'Local', 'Holdfast', 'Cache')
  return platform === 'darwin' ? posix.join(home, 'Library', 'Caches', 'Holdfast') : posix.join(home, '.cache', 'holdfast')
}

/** A folder in it, made when it is not there. Undefined where nothing can be kept, or others than this user could put something there. */
export function privateCacheFolder(name: string): string | undefined {
  const cache = cacheFolder({ env: process.env, platform: process.platform, userHome: userHome() })
  if (!isAbsolute(cache)) return undefined
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
