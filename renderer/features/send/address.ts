/** The port others listen at unless they chose another. */
export const DEFAULT_PORT = 4680

/** Reads `host`, `host:port`, `[v6]:port` and a bare IPv6 address; null when it is none of these. Pure. */
export function parseAddress(text: string): { host: string; port: number } | null {
  const trimmed = text.trim()
  const bracketed = /^\[([0-9a-f:.%a-z]+)\](?::(\d{1,5}))?$/i.exec(trimmed)
  const plain = /^([^\s:[\]/\\@?#]+)(?::(\d{1,5}))?$/.exec(trimmed)
  const bareV6 = /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*(%[a-z0-9]+)?$/i.test(trimmed)
  const host = bracketed?.[1] ?? (bareV6 ? trimmed : plain?.[1])
  if (!host || host.length > 253) return null
  const port = Number(bracketed?.[2] ?? (bareV6 ? undefined : plain?.[2]) ?? DEFAULT_PORT)
  return port >= 1 && port <= 65_535 ? { host, port } : null
}
