import type { AppInfo } from '../../shared/ipc/app-contract.ts'
import type { PlatformPorts } from '../application/ports.ts'

/**
 * The platform as a browser's page has it: no choosers, no clipboard, and nothing is opened, for the machine that runs the
 * engine may be another than the one somebody sits at.
 */
export function pagePlatform(version: string): PlatformPorts {
  const platforms: Readonly<Record<string, AppInfo['platform']>> = { linux: 'linux', darwin: 'darwin', win32: 'win32' }
  return {
    info: {
      kind: 'page',
      platform: platforms[process.platform] ?? 'other',
      version,
      canOpen: false,
      canStartAtLogin: false,
      canNotify: false,
      canChoose: false,
    },
  }
}
