import type { EngineStatus } from '../../shared/ipc/contract.ts'
import { plainText } from './plain-text.ts'

/** What the tray says in one line. */
export function trayText(status: EngineStatus | null): string {
  if (!status) return 'Holdfast is starting'
  const [problem] = status.problems
  if (problem) return `Holdfast: ${plainText(problem.message)}`
  if (status.requests > 0) return `Holdfast: ${counted(status.requests, 'question')} for you`
  if (status.activeTransfers > 0) return `Holdfast: ${counted(status.activeTransfers, 'transfer')} running`
  if (status.waitingTransfers > 0) return `Holdfast: ${counted(status.waitingTransfers, 'transfer')} waiting`
  return status.listening ? 'Holdfast is ready to receive' : 'Holdfast'
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
