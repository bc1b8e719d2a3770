import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { findElectron } from './find-electron.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface PackagedApp {
  readonly executable: string
  /** What stands beside the program: `app.asar`, pictures. */
  readonly resources: string
  remove(): Promise<void>
}

/** The app as electron-builder packages it, unpacked, around the runtime that is here; or why it cannot be had. Linux only. */
export async function packageApp(): Promise<PackagedApp | { readonly missing: string }> {
  if (process.platform !== 'linux') return { missing: 'packaging is tested on Linux' }
  const runtime = findElectron()
  if (runtime.kind === 'none') return { missing: runtime.reason }
  const dist = runtime.kind === 'staged' ? runtime.folder : dirname(runtime.executable)
  const version = readFileSync(join(dist, 'version'), 'utf8').trim().replace(/^v/, '')
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-package-'))
  const builder = createRequire(import.meta.url).resolve('electron-builder/cli.js')
  const given = { electronDist: dist, electronVersion: version, 'directories.output': folder }
  const options = Object.entries(given).map(([name, value]) => `-c.${name}=${value}`)
  await promisify(execFile)(process.execPath, [builder, '--dir', '--linux', '--config', 'build/electron-builder.yml', '--publish', 'never', ...options], { cwd: ROOT })
  const unpacked = (await readdir(folder)).find((name) => name.endsWith('-unpacked'))
  if (!unpacked) throw new Error(`electron-builder left nothing in ${folder}`)
  const app = join(folder, unpacked)
  if (runtime.kind === 'staged') runtime.patch(app)
  return {
    executable: join(app, 'holdfast-desktop'),
    resources: join(app, 'resources'),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 3 }),
  }
}
