import type { AppEvents } from '../../shared/ipc/app-contract.ts'
import type { Pairing } from '../../shared/model/device.ts'
import { ENDED, type Request, type Transfer, type TransferStateKind } from '../../shared/model/transfer.ts'
import { plainText } from './plain-text.ts'

export interface Notice {
  /** One thing has one notification: a later one replaces it. */
  readonly about: string
  readonly title: string
  readonly body: string
  readonly leadsTo: AppEvents['app:navigate']
}

/**
 * What is worth a word to somebody who looks elsewhere: an arrival, a question, a failure. Remembers what each transfer
 * was, for only a change while the program runs is news.
 */
export class Notices {
  readonly #kinds = new Map<string, TransferStateKind>()
  readonly #asked = new Set<string>()
  readonly #startedAtMs: number

  /** @param startedAtMs what ended before is no news */
  constructor(startedAtMs: number) {
    this.#startedAtMs = startedAtMs
  }

  transfer(transfer: Transfer): Notice | null {
    const { id, state } = transfer
    const before = this.#kinds.get(id)
    this.#kinds.set(id, state.kind)
    if (before === state.kind || (before !== undefined && ENDED.has(before) && ENDED.has(state.kind))) return null
    // A small one may be over when it is heard of for the first time.
    if (before === undefined && !(ENDED.has(state.kind) && (transfer.finishedAtMs ?? 0) >= this.#startedAtMs)) return null
    return noticeOfTransfer(transfer)
  }

  forget(transferId: string): void {
    this.#kinds.delete(transferId)
  }

  request(request: Request): Notice | null {
    if (this.#asked.has(request.id)) return null
    this.#asked.add(request.id)
    const who = plainText(request.deviceName)
    if (request.kind === 'conflict') {
      return {
        about: request.id,
        title: `${who} sends a file that is here already`,
        body: `${plainText(request.path)} differs from what you have. Choose which to keep.`,
        leadsTo: { page: 'transfers', transferId: request.transferId },
      }
    }
    const trusted = request.paired ? '' : ' This device is not paired.'
    return {
      about: request.id,
      title: `${who} wants to send you something`,
      body: `${rootsOf(request.roots)} (${files(request.totalFiles)}).${trusted}`,
      leadsTo: { page: 'transfers' },
    }
  }

  requestGone(requestId: string): void {
    this.#asked.delete(requestId)
  }

  pairing(pairing: Pairing): Notice | null {
    if (pairing.role !== 'responder' || pairing.state.kind !== 'compare' || this.#asked.has(pairing.id)) return null
    this.#asked.add(pairing.id)
    return {
      about: pairing.id,
      title: `${plainText(pairing.deviceName)} wants to pair`,
      body: 'Compare the six digits on both screens.',
      leadsTo: { page: 'devices' },
    }
  }
}

function noticeOfTransfer(transfer: Transfer): Notice | null {
  const { id, state, direction } = transfer
  const who = plainText(transfer.deviceName)
  const what = rootsOf(transfer.roots)
  const here = { about: id, leadsTo: { page: 'transfers', transferId: id } } as const
  const failed = direction === 'send' ? `Not everything went to ${who}` : `Not everything from ${who} arrived`
  switch (state.kind) {
    case 'finished':
      if (!state.complete) return { ...here, title: failed, body: `${what}: look which files, and why.` }
      if (direction === 'send') return null
      return { about: id, title: `From ${who}: ${files(transfer.totalFiles)}`, body: `${what} arrived and is verified.`, leadsTo: { page: 'received' } }
    case 'failed':
      return { ...here, title: failed, body: `${what}: ${plainText(state.error.message)}` }
    case 'refused':
      return direction === 'send' ? { ...here, title: `${who} did not take it`, body: `${what}: ${plainText(state.error.message)}` } : null
    case 'waiting-for-space':
      return { ...here, title: 'No room left', body: `${what} from ${who} waits until there is more space.` }
    case 'waiting-for-folder':
      return { ...here, title: 'The receive folder is not there', body: `${what} from ${who} waits until it is back.` }
    default:
      return null
  }
}

function rootsOf(roots: readonly string[]): string {
  const first = plainText(roots[0] ?? '')
  return roots.length > 1 ? `${first} and ${roots.length - 1} more` : first
}

function files(count: number): string {
  return count === 1 ? 'one file' : `${count} files`
}
