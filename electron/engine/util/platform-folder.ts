import { isAbsolute, posix, win32 } from 'node:path'

export interface UserFacts {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly platform: string
  /** '' where there is none. */
  readonly userHome: string
}

/** One kind of place: the environment's variable for it and where it is below the home folder; on macOS below its Library. */
export interface PlatformPlace {
  readonly windows: readonly [variable: string, belowHome: string]
  readonly macos: string
  readonly xdg: readonly [variable: string, belowHome: string]
}

/** Where the platform keeps things of that kind, absolute. Undefined where the user has no home folder and nothing else is said. */
export function platformFolder({ windows, macos, xdg }: PlatformPlace, { env, platform, userHome }: UserFacts): string | undefined {
  const [variable, belowHome] = platform === 'win32' ? windows : xdg
  const said = platform === 'darwin' ? undefined : env[variable]
  // The XDG specification: a relative path is to be ignored.
  if (said && (platform === 'win32' || isAbsolute(said))) return said
  if (userHome === '') return undefined
  if (platform === 'win32') return win32.join(userHome, belowHome)
  return posix.join(userHome, platform === 'darwin' ? posix.join('Library', macos) : belowHome)
}
