import type { Pairing } from '../../shared/model/device.ts'
import type { Request } from '../../shared/model/transfer.ts'
import { formatBytes, formatCode, formatCount, shortDeviceId } from './format.ts'
import { printable } from './printable.ts'

/** What is asked, in one line safe for a terminal. */
export function requestText(request: Request): string {
  const who = `${printable(request.deviceName) || 'A device'} (${shortDeviceId(request.deviceId)}…)`
  if (request.kind === 'conflict') {
    return `${who} sends another ${printable(request.path)} (${formatBytes(request.offered.size)}) than the one here (${formatBytes(request.here.size)}).`
  }
  const names = request.roots.slice(0, 3).map(printable).join(', ')
  const more = request.roots.length > 3 ? ', …' : ''
  const stranger = request.paired ? '' : ', not paired,'
  return `${who}${stranger} wants to send ${formatCount(request.totalFiles, 'file')}, ${formatBytes(request.totalBytes)}: ${names}${more}`
}

/** The commands that answer it. */
export function requestAnswers(request: Request, homeHint: string): string {
  const accept = `holdfast accept ${request.id}${homeHint}`
  const refuse = `holdfast refuse ${request.id}${homeHint}`
  return request.kind === 'conflict' ? `  replace it: ${accept}; keep what is here: ${refuse}` : `  ${accept}   or   ${refuse}`
}

export function pairingText(pairing: Pairing): string {
  const who = `${printable(pairing.deviceName) || 'A device'} (${pairing.deviceId})`
  const code = 'code' in pairing.state ? ` Its code: ${formatCode(pairing.state.code)}.` : ''
  return pairing.role === 'responder' ? `${who} wants to pair.${code}` : `Pairing with ${who}.${code}`
}
