import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { isLoopback } from '../engine/host/loopback.ts'

export interface RequestGuard {
  /** Whether the request was meant for this server: a foreign name that leads here (DNS rebinding) is not ours. */
  isOurHost(request: IncomingMessage): boolean
  /** Whether our own page sent it. Browsers always say so with anything but a plain GET. */
  isOurOrigin(request: IncomingMessage): boolean
}

/**
 * On loopback only its own names are ours, whatever the port: an SSH tunnel may bring another. Beyond it an address in
 * figures is, which no foreign name can claim, and this machine's name.
 */
export function requestGuard(host: string): RequestGuard {
  const loopback = isLoopback(host)
  const names = new Set(['localhost', host.toLowerCase(), ...(loopback ? [] : [hostname().toLowerCase(), `${hostname().toLowerCase()}.local`])])
  const isOurs = (name: string): boolean => names.has(name) || (isIP(name) !== 0 && (!loopback || isLoopback(name)))
  return {
    isOurHost: (request) => {
      const name = hostNameOf(request.headers.host)
      return name !== undefined && isOurs(name)
    },
    isOurOrigin: ({ headers }) => {
      const { host: asked, origin } = headers
      const site = headers['sec-fetch-site']
      return asked !== undefined && origin === `http://${asked}` && (site === undefined || site === 'same-origin')
    },
  }
}

/** Of a Host header, without port and brackets; undefined for anything else. */
function hostNameOf(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header ?? '')
  return (match?.[1] ?? match?.[2])?.toLowerCase()
}
