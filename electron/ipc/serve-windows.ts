import { toErrorData } from '../../shared/errors.ts'
import type { Source } from '../../shared/ipc/app-contract.ts'
import { CHANNELS } from '../../shared/ipc/channels.ts'
import type { Reply } from '../../shared/ipc/contract.ts'
import { answerCall } from '../application/answer-call.ts'
import type { Application } from '../application/application.ts'
import { parseDroppedItems } from './dropped-items.ts'
import { isTrustedSender, type SenderFrame } from './trusted-sender.ts'

/** The part of Electron's event that is looked at. */
export interface InvokeEvent {
  readonly senderFrame: SenderFrame | null
}

/** The part of Electron's ipcMain that is used; tests put their own in. */
export interface IpcPort {
  handle(channel: string, listener: (event: InvokeEvent, ...args: unknown[]) => Promise<unknown>): void
  removeHandler(channel: string): void
}

export interface WindowPorts {
  readonly ipc: IpcPort
  /** Waited for: a window may ask before the engine runs. Rejects with a HoldfastError when there will be none. */
  readonly application: Promise<Application>
  /** To every window. */
  send(channel: string, ...args: unknown[]): void
}

type Deny = Reply<never>

const STRANGER: Deny = { ok: false, error: { code: 'USAGE_INVALID', message: 'This window may not ask Holdfast for anything.' } }
const NOT_DROPPED: Deny = { ok: false, error: { code: 'USAGE_INVALID', message: 'Only files can be dropped here.' } }

/**
 * The contract over Electron's IPC. Every call: the page itself must be asking, the command must exist, its arguments must
 * fit; the answer is data, an error too.
 */
export function serveWindows({ ipc, application, send }: WindowPorts): () => void {
  let stopped = false
  let unsubscribe = (): void => undefined

  ipc.handle(CHANNELS.call, async (event, command, args): Promise<Reply<unknown>> => {
    if (!isTrustedSender(event.senderFrame)) return STRANGER
    return await answered(async () => await answerCall((await application).handlers, command, args))
  })
  ipc.handle(CHANNELS.dropped, async (event, dropped): Promise<Reply<unknown>> => {
    if (!isTrustedSender(event.senderFrame)) return STRANGER
    const items = parseDroppedItems(dropped)
    if (!items) return NOT_DROPPED
    return await answered(async () => {
      const { addPaths, addPicture } = await application
      const paths = items.flatMap((item) => (item.kind === 'path' ? [item.path] : []))
      const sources: Source[] = paths.length > 0 ? [...(await addPaths(paths))] : []
      for (const item of items) if (item.kind === 'bytes') sources.push(await addPicture(item.bytes))
      return { ok: true, value: sources }
    })
  })

  application.then(
    ({ subscribe }) => {
      if (!stopped) unsubscribe = subscribe((event, payload) => send(CHANNELS.event, event, payload))
    },
    () => undefined,
  )
  return () => {
    stopped = true
    unsubscribe()
    for (const channel of [CHANNELS.call, CHANNELS.dropped]) ipc.removeHandler(channel)
  }
}

async function answered(work: () => Promise<Reply<unknown>>): Promise<Reply<unknown>> {
  try {
    return await work()
  } catch (error) {
    return { ok: false, error: toErrorData(error) }
  }
}
