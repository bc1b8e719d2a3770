import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HoldfastError } from '../../shared/errors.ts'

export interface PageFile {
  readonly body: Buffer
  readonly type: string
  readonly etag: string
  /** Its name changes with its content. */
  readonly immutable: boolean
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

/** Where the built page is: beside the bundled program, or in out/ of the sources. */
export const PAGE_FOLDER = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../out/renderer/' : './renderer/', import.meta.url))

/**
 * The page's files by their address, read once: what is not among them does not exist, whatever an address says. Throws
 * USAGE_INVALID when the page has not been built.
 */
export async function loadPageFiles(folder: string): Promise<ReadonlyMap<string, PageFile>> {
  const files = new Map<string, PageFile>()
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    const type = TYPES[extname(entry.name)]
    if (!entry.isFile() || type === undefined) continue
    const path = join(entry.parentPath, entry.name)
    const body = await readFile(path)
    const address = `/${relative(folder, path).split(sep).join('/')}`
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
    files.set(address, { body, type, etag, immutable: address.startsWith('/assets/') })
  }
  const index = files.get('/index.html')
  if (!index) throw new HoldfastError('USAGE_INVALID', `The page is not built: ${folder} has no index.html. Run: npm run build`)
  return files.set('/', index)
}
