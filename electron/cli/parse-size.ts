const UNITS: Readonly<Record<string, number>> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }

/** `500MB`, `1.5 GB`, `2GiB`, `1000000`: bytes, more than none; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = unit === '' ? 1 : UNITS[unit.toLowerCase()]
  if (number === '' || factor === undefined) return undefined
  const bytes = Math.round(Number(number) * factor)
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined
}
