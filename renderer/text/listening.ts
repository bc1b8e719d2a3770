import { formatAddress } from './format.ts'
import { t } from './messages.ts'

const ANYWHERE: ReadonlySet<string> = new Set(['::', '0.0.0.0'])

/** Where this device is reached: on every address it has, only the port says something. */
export function listeningWords({ host, port }: { readonly host: string; readonly port: number }): string {
  return ANYWHERE.has(host) ? t.common.port(port) : formatAddress(host, port)
}
