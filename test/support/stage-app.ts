import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findElectron } from './find-electron.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

/** Folders of the packages that the built programs load, with all that those load: what a packaged app holds. */
function productionPackages(): readonly string[] {
  const found = new Set<string>()
  const visit = (folder: string): void => {
    const { dependencies, optionalDependencies } = manifestOf(folder)
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const at = createRequire(join(folder, 'package.json')).resolve.paths(name)?.map((path) => join(path, name)).find((path) => existsSync(join(path, 'package.json')))
      if (at === undefined || found.has(at)) continue
      found.add(at)
      visit(at)
    }
  }
  visit(ROOT)
  return [...found].filter((folder) => folder.startsWith(join(ROOT, 'node_modules')))
}

/** Puts together what a packaged app holds: its manifest, the built output, pictures and production packages. */
export async function assembleApp(folder: string): Promise<void> {
  if (!existsSync(join(ROOT, 'out/main.mjs'))) throw new Error('out/main.mjs is missing: npm run build')
  const { name, version } = manifestOf(ROOT)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, version, type: 'module', main: 'out/main.mjs' }))
  await cp(join(ROOT, 'out'), join(folder, 'out'), { recursive: true, filter: (path) => !path.startsWith(join(ROOT, 'out/types')) })
  for (const pictures of ['build/icons', 'build/tray']) await cp(join(ROOT, pictures), join(folder, pictures), { recursive: true })
  for (const from of productionPackages()) {
    const to = join(folder, from.slice(ROOT.length))
    await mkdir(dirname(to), { recursive: true })
    await cp(from, to, { recursive: true })
  }
}

export interface StagedApp {
  readonly executable: string
  /** What stands before the app's own arguments. */
  readonly args: readonly string[]
  remove(): Promise<void>
}

/** The built app in a real Electron, or why there is none. */
export async function stageApp(): Promise<StagedApp | { readonly missing: string }> {
  const runtime = findElectron()
  if (runtime.kind === 'none') return { missing: runtime.reason }
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-app-'))
  const app = join(folder, 'app')
  await assembleApp(app)
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true, maxRetries: 3 })
  if (runtime.kind === 'installed') return { executable: runtime.executable, args: [app], remove }
  const executable = runtime.stage(app, join(folder, 'runtime'))
  await rm(app, { recursive: true, force: true })
  return { executable, args: [], remove }
}
