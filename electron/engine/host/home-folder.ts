import { isAbsolute, posix, resolve, win32 } from 'node:path'

export interface HomeFacts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  readonly cwd: string
  readonly userHome: string
}

/** Where identity, journal and settings are: `--home`, else $HOLDFAST_HOME, else the platform's app-data folder. Absolute. */
export function homeFolder(given: string | undefined, facts: HomeFacts): string {
  const { env, platform, cwd, userHome } = facts
  const chosen = given ?? (env['HOLDFAST_HOME'] || undefined)
  if (chosen !== undefined) return resolve(cwd, chosen)
  if (platform === 'win32') return win32.join(env['APPDATA'] || win32.join(userHome, 'AppData', 'Roaming'), 'Holdfast')
  if (platform === 'darwin') return posix.join(userHome, 'Library', 'Application Support', 'Holdfast')
  const data = env['XDG_DATA_HOME']
  // The XDG specification: a relative path is to be ignored.
  return posix.join(data && isAbsolute(data) ? data : posix.join(userHome, '.local', 'share'), 'holdfast')
}
