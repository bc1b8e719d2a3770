import { execFileSync, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The first of the programs that is installed, as a full path. Looks where an administrator's programs are, too. */
export function findProgram(...names: string[]): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name)
      if (folder !== '' && executable(path)) return path
    }
  }
  return null
}

function isDebianRoot(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version') && findProgram('apt-get') !== null
}

/**
 * Installs Debian packages where that is possible without asking (root on Debian: a container, a fresh test machine).
 * Answers whether it did; elsewhere nothing happens. One process at a time: apt waits for its own lock.
 */
export function installPackages(...packages: string[]): boolean {
  if (packages.length === 0 || !isDebianRoot()) return false
  const options = { stdio: 'ignore', timeout: 600_000, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } } as const
  const wait = ['-o', 'DPkg::Lock::Timeout=300']
  spawnSync('apt-get', [...wait, 'update'], options)
  try {
    execFileSync('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...packages], options)
    return true
  } catch {
    return false
  }
}

/** The path of a program, installed first where that is possible; else throws with what to install. */
export function requireProgram(names: readonly string[], packages: readonly string[]): string {
  const found = findProgram(...names) ?? (installPackages(...packages) ? findProgram(...names) : null)
  if (found) return found
  throw new Error(`${names[0]} is needed for this test: install the package ${packages.join(' ')} (Debian) or its like`)
}
