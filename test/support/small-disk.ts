import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { findProgram } from './system-tools.ts'

/** A volume of its own, so small that a test can fill it. Only root on Linux can have one. */
export class SmallDisk {
  readonly path: string
  #mounted = true

  private constructor(path: string) {
    this.path = path
  }

  /** Null where none can be had: another system, no root, a container without the right to mount. */
  static mount(path: string, sizeBytes: number): SmallDisk | null {
    if (process.platform !== 'linux' || process.getuid?.() !== 0 || !findProgram('mount')) return null
    mkdirSync(path, { recursive: true })
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes},mode=755`, 'holdfast-test', path], { stdio: 'pipe' })
    } catch {
      return null
    }
    return new SmallDisk(path)
  }

  resize(sizeBytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${sizeBytes}`, this.path], { stdio: 'pipe' })
  }

  /** Takes the disk away while it is in use, as when somebody pulls it out. */
  detach(): void {
    if (this.#mounted) execFileSync('umount', ['-l', this.path], { stdio: 'pipe' })
    this.#mounted = false
  }
}
