import { resolve } from 'node:path'

/** What stands on the app's own command line. */
export interface LaunchOptions {
  readonly home?: string
  readonly listen?: { readonly host: string; readonly port: number }
  readonly discovery: boolean
  /** Starts without a window: at login. */
  readonly hidden: boolean
  /** Absolute: to be put on the tray. */
  readonly paths: readonly string[]
}

/**
 * Reads the arguments after the program (and, unpackaged, after the app's folder). Chromium's own switches and what is
 * not understood are left alone: every platform adds something. After `--` there are only paths.
 */
export function parseLaunchOptions(argv: readonly string[], cwd: string): LaunchOptions {
  const end = argv.indexOf('--')
  const switches = end < 0 ? argv : argv.slice(0, end)
  const value = (name: string): string | undefined => switches.findLast((text) => text.startsWith(`--${name}=`))?.slice(name.length + 3)
  const home = value('home')
  const listen = parseListen(value('listen'))
  // macOS starts apps with -psn_…, and an empty argument names nothing.
  const paths = [...switches.filter((text) => text !== '' && !text.startsWith('-')), ...(end < 0 ? [] : argv.slice(end + 1))]
  return {
    ...(home ? { home: resolve(cwd, home) } : {}),
    ...(listen ? { listen } : {}),
    discovery: !switches.includes('--no-discovery'),
    hidden: switches.includes('--hidden'),
    paths: paths.map((path) => resolve(cwd, path)),
  }
}

function parseListen(text: string | undefined): { host: string; port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text ?? '') ?? []
  const port = Number(digits)
  const host = bracketed ?? plain
  return host !== undefined && port <= 65_535 ? { host, port } : undefined
}

/** What a second start hands to the first; whatever else arrives there is nothing. */
export function parseHandedPaths(data: unknown): readonly string[] {
  const paths = (data as { paths?: unknown } | null)?.paths
  return Array.isArray(paths) ? paths.filter((path): path is string => typeof path === 'string' && path !== '').slice(0, 10_000) : []
}
