/**
 * `npm start`: the desktop app; where it cannot run, the same page in a browser. Builds first what is older than its
 * sources. What stands after `npm start --` goes to whichever is started.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const args = process.argv.slice(2)

function newestMs(path: string): number {
  const found = statSync(path)
  if (!found.isDirectory()) return found.mtimeMs
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .reduce((newest, entry) => Math.max(newest, newestMs(join(path, entry.name))), 0)
}

function isBuilt(): boolean {
  const built = ['out/main.mjs', 'out/preload.cjs', 'out/headless.js', 'out/renderer/index.html'].map((name) => join(root, name))
  if (!built.every((path) => existsSync(path))) return false
  const oldest = Math.min(...built.map((path) => statSync(path).mtimeMs))
  return ['electron', 'renderer', 'shared', 'package.json'].every((name) => newestMs(join(root, name)) <= oldest)
}

/** The runtime's program: $HOLDFAST_ELECTRON, or the installed package's once its binary has been downloaded. */
function findRuntime(): string | undefined {
  const named = process.env['HOLDFAST_ELECTRON']
  if (named) return existsSync(named) ? named : undefined
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('electron/package.json'))
    const program = join(folder, 'dist', readFileSync(join(folder, 'path.txt'), 'utf8').trim())
    return existsSync(program) ? program : undefined
  } catch {
    return undefined
  }
}

function hasDisplay(): boolean {
  return process.platform !== 'linux' || Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
}

function openerOf(path: string): readonly [string, readonly string[]] {
  if (process.platform === 'darwin') return ['open', [path]]
  if (process.platform === 'win32') return ['explorer.exe', [path]]
  return ['xdg-open', [path]]
}

/** Opens the address without naming it on a command line, which every user of the machine can read: a page leads there. */
async function openInBrowser(url: string): Promise<void> {
  if (!hasDisplay()) return
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-start-'))
  const file = join(folder, 'holdfast.html')
  const safe = JSON.stringify(url).replaceAll('<', '\\u003c')
  await writeFile(file, `<!doctype html><title>Holdfast</title><script>location.replace(${safe})</script>`, { mode: 0o600 })
  const [program, words] = openerOf(file)
  const opener = spawn(program, words, { stdio: 'ignore', detached: true })
  opener.on('error', () => undefined)
  opener.unref()
  setTimeout(() => void rm(folder, { recursive: true, force: true }), 30_000).unref()
}

/** Ends as the program ends. Ctrl-C reaches it by itself, and twice would mean: at once. */
function follow(program: string, words: readonly string[], said?: (line: string) => void): void {
  const child = spawn(program, words, { cwd: root, stdio: ['inherit', said ? 'pipe' : 'inherit', 'inherit'] })
  process.on('SIGINT', () => undefined)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  if (said && child.stdout) createInterface({ input: child.stdout }).on('line', said)
  child.on('error', (error) => {
    console.error(`${program} cannot be started: ${error.message}`)
    process.exit(1)
  })
  child.on('close', (code) => process.exit(code ?? 0))
}

if (!isBuilt() && spawnSync(process.execPath, [join(root, 'build/build.ts')], { stdio: 'inherit' }).status !== 0) process.exit(1)

const runtime = findRuntime()
if (runtime && hasDisplay()) {
  follow(runtime, [root, ...args])
} else {
  const reason = runtime ? 'There is no display for a window' : 'No Electron runtime could be had here'
  console.error(`${reason}, so this is the page of "holdfast serve" in a browser instead.`)
  let opened = false
  follow(process.execPath, [join(root, 'build/holdfast.cjs'), 'serve', ...args], (line) => {
    console.log(line)
    if (opened || !/^https?:\/\//.test(line)) return
    opened = true
    void openInBrowser(line)
  })
}
