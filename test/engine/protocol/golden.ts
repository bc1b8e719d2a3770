import { readFileSync } from 'node:fs'

/** In the JSON: bytes are `{ "hex": "…" }`, 64-bit numbers `{ "u64": "…" }`, everything else is itself. */
export function readGolden<T>(name: string): T {
  const text = readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')
  return JSON.parse(text, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    if ('hex' in value) return new Uint8Array(Buffer.from(value.hex as string, 'hex'))
    if ('u64' in value) return BigInt(value.u64 as string)
    return value
  }) as T
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
