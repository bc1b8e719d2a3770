import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { isPageUrl } from '../ipc/trusted-sender.ts'

/**
 * Nothing from anywhere but the app itself, no inline script or style, no frames, no plugins. Scripts set single style
 * properties, which a policy does not forbid; pictures may be made by the page.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.map': 'application/json',
}

export interface PageFile {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array | null
}

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
}

/** One of the page's own files, or 404 for whatever else an address may name. */
export async function readPageFile(root: string, method: string, url: string): Promise<PageFile> {
  const path = method === 'GET' || method === 'HEAD' ? pathOf(root, url) : undefined
  const type = path === undefined ? undefined : TYPES[extname(path)]
  if (path === undefined || type === undefined) return notFound()
  try {
    return { status: 200, headers: { ...HEADERS, 'content-type': type }, body: await readFile(path) }
  } catch {
    return notFound()
  }
}

function pathOf(root: string, url: string): string | undefined {
  if (!isPageUrl(url)) return undefined
  try {
    const path = decodeURIComponent(new URL(url).pathname)
    if (/[\\:]|\0/.test(path)) return undefined
    const whole = join(root, path === '/' ? 'index.html' : path)
    return whole.startsWith(root.endsWith(sep) ? root : root + sep) ? whole : undefined
  } catch {
    return undefined
  }
}

function notFound(): PageFile {
  return { status: 404, headers: { ...HEADERS, 'content-type': 'text/plain; charset=utf-8' }, body: null }
}
