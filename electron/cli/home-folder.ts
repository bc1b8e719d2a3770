import { isAbsolute, posix, resolve, win32 } from 'node:path'
import type { CommandIo } from './io.ts'

/** Where identity, journal and settings are: `--home`, else $HOLDFAST_HOME, else the platform's app-data folder. Absolute. */
export function homeFolder(given: string | undefined, io: Pick<CommandIo, 'env' | 'platform' | 'cwd' | 'userHome'>): string {
  const { env, platform, cwd, userHome } = io
  const chosen = given ?? (env['HOLDFAST_HOME'] || undefined)
  if (chosen !== undefined) return resolve(cwd, chosen)
  if (platform === 'win32') return win32.join(env['APPDATA'] || win32.join(userHome, 'AppData', 'Roaming'), 'Holdfast')
  if (platform === 'darwin') return posix.join(userHome, 'Library', 'Application Support', 'Holdfast')
  const data = env['XDG_DATA_HOME']
  // The XDG specification: a relative path is to be ignored.
  return posix.join(data && isAbsolute(data) ? data : posix.join(userHome, '.local', 'share'), 'holdfast')
}
