/**
 * Bundles the programs into out/: every Node entry beside the others (a worker is found by its neighbour's URL), each whole
 * by itself but for what it imports when needed, native modules and Electron left outside, and the page in out/renderer.
 *
 * What is already there stays in place until its successor is complete: programs may be running from it.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rolldown, type OutputChunk } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = `${root}out`

/** Loaded from node_modules at run time: native code, and Electron itself. */
const external = [/^node:/, 'electron', 'better-sqlite3', '@parcel/watcher', '@napi-rs/blake-hash']

/** What the code must run on: Node 20 inside the oldest Electron it is tested in, although the project's own is newer. */
const target = 'node20'

interface Program {
  readonly name: string
  readonly source: string
  readonly format: 'esm' | 'cjs'
  readonly extension: string
}

/**
 * CommonJS where nothing speaks against it: as ES modules, with their chunks, the same programs and threads take half as
 * long again to start. A sandboxed preload cannot be one at all.
 */
const PROGRAMS: readonly Program[] = [
  { name: 'headless', source: 'electron/headless/main.ts', format: 'cjs', extension: 'js' },
  { name: 'engine-worker', source: 'electron/engine/host/engine-worker.ts', format: 'cjs', extension: 'js' },
  { name: 'lane-worker', source: 'electron/engine/folder/lane-worker.ts', format: 'cjs', extension: 'js' },
  { name: 'main', source: 'electron/main/main.ts', format: 'esm', extension: 'mjs' },
  { name: 'preload', source: 'electron/preload/preload.ts', format: 'cjs', extension: 'cjs' },
]

async function bundle({ name, source, format, extension }: Program, version: string): Promise<OutputChunk[]> {
  if (!existsSync(`${root}${source}`)) return []
  const build = await rolldown({
    cwd: root,
    input: { [name]: source },
    external,
    platform: 'node',
    tsconfig: false,
    transform: { target, define: { __HOLDFAST_VERSION__: JSON.stringify(version) } },
  })
  try {
    const { output } = await build.generate({
      format,
      keepNames: true,
      minify: false,
      comments: false,
      sourcemap: true,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `${name}.[name]-[hash].${extension}`,
    })
    return output.filter((file) => file.type === 'chunk').map((chunk) => ({ ...chunk, code: ascii(chunk.code) }))
  } finally {
    await build.close()
  }
}

/**
 * One character outside Latin-1 makes V8 keep the whole file with two bytes a character, in each thread, and read it at half
 * the speed. What there is stands in strings and regular expressions, where an escape means the same.
 */
function ascii(code: string): string {
  // There an escape would mean something else.
  const wrong = /\\[^\0-\x7f].*|\braw`[^`]*[^\0-\x7f].*/.exec(code)
  if (wrong) throw new Error(`build: write this with escapes: ${wrong[0].slice(0, 80)}`)
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

async function writeWhole(name: string, content: string): Promise<void> {
  const temporary = `${out}/.${name}.${process.pid}`
  await writeFile(temporary, content)
  await rename(temporary, `${out}/${name}`)
}

/** Chunks before entries, so that an entry never names a chunk which is not there yet. */
async function writePrograms(chunks: readonly OutputChunk[]): Promise<void> {
  await mkdir(out, { recursive: true })
  const written = new Set<string>()
  for (const chunk of [...chunks].sort((a, b) => Number(a.isEntry) - Number(b.isEntry))) {
    const map = `${chunk.fileName}.map`
    if (chunk.map) await writeWhole(map, JSON.stringify(chunk.map))
    await writeWhole(chunk.fileName, chunk.code)
    written.add(chunk.fileName).add(map)
  }
  await writeWhole('package.json', '{ "type": "commonjs" }\n')
  for (const name of await readdir(out)) {
    if (/\.[cm]?js(\.map)?$/.test(name) && !written.has(name)) await rm(`${out}/${name}`, { force: true })
  }
}

async function buildPage(): Promise<boolean> {
  if (!existsSync(`${root}renderer/index.html`)) return false
  const { build } = await import('vite')
  await build({ configFile: `${root}build/vite.config.ts`, logLevel: 'warn' })
  return true
}

const startedMs = performance.now()
const { version } = JSON.parse(await readFile(`${root}package.json`, 'utf8')) as { version: string }
const [bundles, page] = await Promise.all([Promise.all(PROGRAMS.map((program) => bundle(program, version))), buildPage()])
const chunks = bundles.flat()
await writePrograms(chunks)
const built = chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName)
if (page) built.push('renderer/')
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
console.error(built.length > 0 ? `built ${built.join(', ')} in ${seconds} s` : 'nothing to build')
