import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type ElectronRuntime =
  /** Makes a runnable copy of itself around a packaged app: `stage(appFolder, newFolder)` answers the executable. */
  | {
      readonly kind: 'staged'
      stage(appFolder: string, newFolder: string): string
      /** The runtime's folder, for a packager. */
      readonly folder: string
      /** Makes what was packaged with it load its native modules. */
      patch(folder: string): void
    }
  /** The binary of the installed `electron` package: takes the app's folder as its argument. */
  | { readonly kind: 'installed'; readonly executable: string }
  /** None, and why: a test skips itself with this reason. */
  | { readonly kind: 'none'; readonly reason: string }

/** For machines that cannot download Electron: a tool beside the project that provides a runtime. Optional. */
const TOOL = fileURLToPath(new URL('../../../shared/tools/electron-runtime', import.meta.url))

/** The Electron to test in. Never downloads the official binary: `npx install-electron` does. */
export function findElectron(): ElectronRuntime {
  if (existsSync(TOOL)) {
    try {
      const folder = execFileSync(TOOL, ['path'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 600_000 }).trim()
      return {
        kind: 'staged',
        folder,
        patch: (packaged) => void execFileSync(TOOL, ['patch', packaged], { stdio: ['ignore', 'pipe', 'pipe'] }),
        stage: (appFolder, newFolder) =>
          execFileSync(TOOL, ['stage', appFolder, newFolder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim(),
      }
    } catch (error) {
      return { kind: 'none', reason: `the Electron runtime tool failed: ${(error as Error).message}` }
    }
  }
  const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  const named = join(folder, 'path.txt')
  const executable = existsSync(named) ? join(folder, 'dist', readFileSync(named, 'utf8')) : ''
  if (existsSync(executable)) return { kind: 'installed', executable }
  return { kind: 'none', reason: "Electron's binary is not here: npx install-electron downloads it" }
}
