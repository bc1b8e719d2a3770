import type { AppReply } from '../../shared/ipc/app-contract.ts'
import { plainText } from './plain-text.ts'

const MAX_LINES = 8

/** What is asked before quitting, or null when nothing would be interrupted. */
export function quitQuestion(info: AppReply<'app:quit-info'>): { message: string; detail: string } | null {
  const running = info.activeTransfers + info.waitingTransfers
  if (running === 0) return null
  const names = info.names.slice(0, MAX_LINES).map((name) => `• ${plainText(name)}`)
  const rest = running - names.length
  const message = running === 1 ? 'One transfer is not finished.' : `${running} transfers are not finished.`
  const after = 'They stop now and go on by themselves, from where they are, when Holdfast runs again. Nothing can arrive until then.'
  return { message, detail: [...names, ...(rest > 0 ? [`• ${rest} more`] : []), '', after].join('\n') }
}
