import { isAbsolute, posix, resolve, win32 } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'

export interface HomeFacts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly cwd: string
  /** '' where there is none. */
  readonly userHome: string
}

/**
 * Where identity, journal and settings are: `--home`, else $HOLDFAST_HOME, else the platform's app-data folder. Absolute.
 * Throws HOME_UNUSABLE where the user has no home folder and nothing is said.
 */
export function homeFolder(given: string | undefined, facts: HomeFacts): string {
  const { env, platform, cwd, userHome } = facts
  const chosen = given ?? (env['HOLDFAST_HOME'] || undefined)
  if (chosen !== undefined) return resolve(cwd, chosen)
  const appData = env['APPDATA']
  const data = env['XDG_DATA_HOME']
  if (platform === 'win32' && appData) return win32.join(appData, 'Holdfast')
  // The XDG specification: a relative path is to be ignored.
  if (platform !== 'win32' && platform !== 'darwin' && data && isAbsolute(data)) return posix.join(data, 'holdfast')
  if (userHome === '') throw new HoldfastError('HOME_UNUSABLE', 'This user has no home folder. Say with --home DIR, or in HOLDFAST_HOME, where Holdfast keeps its key and its journal.')
  if (platform === 'win32') return win32.join(userHome, 'AppData', 'Roaming', 'Holdfast')
  return platform === 'darwin' ? posix.join(userHome, 'Library', 'Application Support', 'Holdfast') : posix.join(userHome, '.local', 'share', 'holdfast')
}
