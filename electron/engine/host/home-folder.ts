import { posix, resolve, win32 } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { platformFolder, type PlatformPlace, type UserFacts } from '../util/platform-folder.ts'

export interface HomeFacts extends UserFacts {
  readonly cwd: string
}

const APP_DATA: PlatformPlace = { windows: ['APPDATA', 'AppData\\Roaming'], macos: 'Application Support', xdg: ['XDG_DATA_HOME', '.local/share'] }

/**
 * Where identity, journal and settings are: `--home`, else $HOLDFAST_HOME, else the platform's app-data folder. Absolute.
 * Throws HOME_UNUSABLE where the user has no home folder and nothing is said.
 */
export function homeFolder(given: string | undefined, facts: HomeFacts): string {
  const { env, platform, cwd } = facts
  const chosen = given ?? (env['HOLDFAST_HOME'] || undefined)
  if (chosen !== undefined) return resolve(cwd, chosen)
  const folder = platformFolder(APP_DATA, facts)
  if (folder === undefined) throw new HoldfastError('HOME_UNUSABLE', 'This user has no home folder. Say with --home DIR, or in HOLDFAST_HOME, where Holdfast keeps its key and its journal.')
  if (platform === 'win32') return win32.join(folder, 'Holdfast')
  return posix.join(folder, platform === 'darwin' ? 'Holdfast' : 'holdfast')
}
