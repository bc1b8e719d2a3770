import { isIP } from 'node:net'

/** Whether only programs on this machine reach what listens there. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost' || host === '::1') return true
  return isIP(host) === 4 && host.startsWith('127.')
}
