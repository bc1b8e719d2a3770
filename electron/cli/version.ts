import { readFileSync } from 'node:fs'

declare const __HOLDFAST_VERSION__: string | undefined

/** Put in by the bundler; from source, package.json knows. */
export const VERSION: string = typeof __HOLDFAST_VERSION__ === 'string' ? __HOLDFAST_VERSION__ : readVersion()

function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
