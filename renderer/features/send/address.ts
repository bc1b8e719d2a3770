/** The port others listen at unless they chose another. */
export const DEFAULT_PORT = 4680

function isIpv6(host: string): boolean {
  return host.includes(':') && URL.canParse(`http://[${host.replace(/%[a-z0-9]+$/i, '')}]/`)
}

/** Reads `host`, `host:port`, `[v6]:port` and a bare IPv6 address; null when it is none of these. Pure. */
export function parseAddress(text: string): { host: string; port: number } | null {
  const trimmed = text.trim()
  const bracketed = /^\[([^\]\s]+)\](?::(\d{1,5}))?$/i.exec(trimmed)
  const plain = /^([^\s:[\]/\\@?#]+)(?::(\d{1,5}))?$/.exec(trimmed)
  const bareV6 = isIpv6(trimmed)
  const host = bracketed?.[1] ?? (bareV6 ? trimmed : plain?.[1])
  if (!host || host.length > 253 || (bracketed && !isIpv6(host))) return null
  const port = Number(bracketed?.[2] ?? (bareV6 ? undefined : plain?.[2]) ?? DEFAULT_PORT)
  return port >= 1 && port <= 65_535 ? { host, port } : null
}
