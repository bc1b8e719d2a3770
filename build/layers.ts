/**
 * The architecture as a table the machine checks: who may import whom. `npm run lint` enforces it (build/lint-rules.ts),
 * test/architecture proves that it does.
 */

/** What a folder may take from the platform: `pure` nothing, `node` the `node:` modules, `page` a browser's globals only. */
export type Platform = 'pure' | 'node' | 'page'

export interface Layer {
  /** Relative to the project. A file belongs to the longest folder that holds it. */
  readonly folder: string
  readonly platform: Platform
  /** Other layers, by folder, whose files it may import; its own it always may. */
  readonly imports: readonly string[]
}

const shared = ['shared']
const base = [...shared, 'electron/engine/util', 'electron/engine/protocol']
const keys = [...base, 'electron/engine/net', 'electron/engine/journal', 'electron/engine/identity']
const talk = [...keys, 'electron/engine/session', 'electron/engine/discovery']
const files = [...talk, 'electron/engine/folder']
const transfers = [...files, 'electron/engine/transfer']
const services = [...transfers, 'electron/engine/sync', 'electron/engine/plain']
const engine = [...services, 'electron/engine']
const host = [...shared, 'electron/engine', 'electron/engine/util', 'electron/engine/host']
const application = [...host, 'electron/application']

export const LAYERS: readonly Layer[] = [
  { folder: 'shared', platform: 'pure', imports: [] },

  { folder: 'electron/engine/protocol', platform: 'pure', imports: shared },
  { folder: 'electron/engine/util', platform: 'node', imports: [...shared, 'electron/engine/protocol'] },
  { folder: 'electron/engine/net', platform: 'node', imports: base },
  { folder: 'electron/engine/journal', platform: 'node', imports: base },
  { folder: 'electron/engine/identity', platform: 'node', imports: base },
  { folder: 'electron/engine/session', platform: 'node', imports: keys },
  { folder: 'electron/engine/discovery', platform: 'node', imports: keys },
  { folder: 'electron/engine/folder', platform: 'node', imports: talk },
  { folder: 'electron/engine/transfer', platform: 'node', imports: files },
  { folder: 'electron/engine/sync', platform: 'node', imports: transfers },
  { folder: 'electron/engine/plain', platform: 'node', imports: transfers },
  // engine.ts and what stands beside it
  { folder: 'electron/engine', platform: 'node', imports: services },
  // the worker that runs the engine, and the local socket to it
  { folder: 'electron/engine/host', platform: 'node', imports: engine },

  { folder: 'electron/cli', platform: 'node', imports: [...host, 'electron/engine/plain', 'electron/engine/protocol'] },
  // what a window or a page can ask for, whichever bridge leads to it
  { folder: 'electron/application', platform: 'node', imports: host },
  { folder: 'electron/web', platform: 'node', imports: application },
  { folder: 'electron/ipc', platform: 'node', imports: application },
  { folder: 'electron/app', platform: 'node', imports: [...application, 'electron/ipc'] },
  { folder: 'electron/headless', platform: 'node', imports: [...application, 'electron/cli', 'electron/web'] },
  { folder: 'electron/main', platform: 'node', imports: [...application, 'electron/ipc', 'electron/web', 'electron/app'] },
  { folder: 'electron/preload', platform: 'page', imports: shared },

  { folder: 'renderer', platform: 'page', imports: shared },
]

/** Packages that only these layers may import: each has one owner, who wraps it. */
export const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  electron: ['electron/app', 'electron/ipc', 'electron/main', 'electron/preload'],
  react: ['renderer'],
  'react-dom': ['renderer'],
  'react-aria-components': ['renderer'],
  '@tanstack/react-virtual': ['renderer'],
  zustand: ['renderer'],
  'better-sqlite3': ['electron/engine/journal'],
  '@parcel/watcher': ['electron/engine/folder', 'electron/engine/sync'],
  '@napi-rs/blake-hash': ['electron/engine/util'],
  'bonjour-service': ['electron/engine/discovery'],
  cborg: ['electron/engine/protocol'],
  ignore: ['electron/engine/folder'],
  ws: ['electron/web'],
}

/** Tests and build scripts stand outside the house and may look at all of it. */
const OUTSIDE = ['test', 'build']

function isInside(file: string, folder: string): boolean {
  return file.startsWith(`${folder}/`)
}

export function layerOf(file: string): Layer | undefined {
  let best: Layer | undefined
  for (const layer of LAYERS) {
    if (isInside(file, layer.folder) && layer.folder.length > (best?.folder.length ?? 0)) best = layer
  }
  return best
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier)
}

function resolveRelative(file: string, specifier: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1)
}

/**
 * What is wrong with `specifier` imported by `file`, as a sentence; null when it is allowed.
 * @param file relative to the project, with `/` on every platform
 */
export function checkImport(file: string, specifier: string): string | null {
  if (OUTSIDE.some((folder) => isInside(file, folder))) return null
  const layer = layerOf(file)
  if (!layer) return `${file} is in no layer of build/layers.ts: give its folder a row`

  if (specifier.startsWith('.')) {
    const target = resolveRelative(file, specifier)
    const other = layerOf(target)
    if (other === layer || (other && layer.imports.includes(other.folder))) return null
    return `${layer.folder} may not import ${other?.folder ?? target}`
  }
  if (specifier.startsWith('node:')) {
    return layer.platform === 'node' ? null : `${layer.folder} is ${layer.platform} and may not import ${specifier}`
  }
  const owners = PACKAGE_OWNERS[packageOf(specifier)]
  if (!owners || owners.includes(layer.folder)) return null
  return `only ${owners.join(', ')} may import ${packageOf(specifier)}`
}
