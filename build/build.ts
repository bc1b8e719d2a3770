/**
 * Bundles the programs into out/: every Node entry beside the others (a worker is found by its neighbour's URL), shared
 * code in chunks there too, native modules and Electron left outside, and the page in out/renderer.
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

const modules = {
  headless: 'electron/headless/main.ts',
  main: 'electron/main/main.ts',
  'engine-worker': 'electron/engine/host/engine-worker.ts',
  'lane-worker': 'electron/engine/folder/lane-worker.ts',
}

/** A sandboxed preload cannot be an ES module. */
const preload = { preload: 'electron/preload/preload.ts' }

function present(entries: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).filter(([, file]) => existsSync(`${root}${file}`)))
}

async function bundle(entries: Record<string, string>, format: 'esm' | 'cjs', version: string): Promise<OutputChunk[]> {
  const input = present(entries)
  if (Object.keys(input).length === 0) return []
  const build = await rolldown({
    cwd: root,
    input,
    external,
    platform: 'node',
    tsconfig: false,
    transform: { target, define: { __HOLDFAST_VERSION__: JSON.stringify(version) } },
  })
  try {
    const extension = format === 'esm' ? 'js' : 'cjs'
    const { output } = await build.generate({
      format,
      keepNames: true,
      minify: false,
      sourcemap: true,
      entryFileNames: `[name].${extension}`,
      chunkFileNames: `[name]-[hash].${extension}`,
    })
    return output.filter((file) => file.type === 'chunk')
  } finally {
    await build.close()
  }
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
  await writeWhole('package.json', '{ "type": "module" }\n')
  for (const name of await readdir(out)) {
    if (/\.c?js(\.map)?$/.test(name) && !written.has(name)) await rm(`${out}/${name}`, { force: true })
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
const [esm, cjs, page] = await Promise.all([
  bundle(modules, 'esm', version),
  bundle(preload, 'cjs', version),
  buildPage(),
])
await writePrograms([...esm, ...cjs])
const built = [...esm, ...cjs].filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName)
if (page) built.push('renderer/')
const seconds = ((performance.now() - startedMs) / 1000).toFixed(1)
console.error(built.length > 0 ? `built ${built.join(', ')} in ${seconds} s` : 'nothing to build')
