import type { Address } from '../../shared/model/device.ts'
import { parseListenAddress } from '../engine/host/send-target.ts'
import { usageError } from './args.ts'
import type { PlainInboxEvent } from '../engine/plain/inbox-events.ts'
import type { CommandContext, EngineCalls } from './command.ts'

/** A plain inbox beside the engine: `receive --plain`. */
export interface PlainPlace {
  readonly address: Address
  readonly framing: string
}

/** `HOST:PORT:FRAMING`; a framing may have colons of its own (`fixed:10`). Throws USAGE_INVALID. */
export function parsePlainPlace(text: string): PlainPlace {
  const match = /^((?:\[[^\]]*\]|[^:[\]]*):\d{1,5}):(.+)$/.exec(text)
  const [, address = '', framing = ''] = match ?? []
  if (!match) throw usageError(`--plain takes HOST:PORT:FRAMING, for example 127.0.0.1:1060:length32`, 'receive')
  return { address: parseListenAddress(address), framing }
}

/** Before an engine is started for it. Throws USAGE_INVALID for an unknown framing. */
export async function checkPlainPlaces(places: readonly PlainPlace[]): Promise<void> {
  if (places.length === 0) return
  const [{ framingCodec }, { DEFAULT_MAX_MESSAGE_BYTES }] = await Promise.all([import('../engine/plain/framing.ts'), import('../engine/plain/inbox-options.ts')])
  for (const { framing } of places) framingCodec(framing, DEFAULT_MAX_MESSAGE_BYTES)
}

/**
 * Opens them, with the limits of `plain receive`. Loaded only when asked for. Resolves with what closes them. Throws
 * USAGE_INVALID for an unknown framing, before anything listens; PORT_IN_USE, ADDRESS_UNAVAILABLE.
 */
export async function openPlainPlaces(
  context: CommandContext,
  engine: EngineCalls,
  places: readonly PlainPlace[],
  folder: string,
): Promise<() => Promise<void>> {
  if (places.length === 0) return () => Promise.resolve()
  const [{ PlainNotes }, { openStandaloneInbox }, { DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_MESSAGE_BYTES }, { reportInbox }] = await Promise.all([
    import('./plain-notes.ts'),
    import('../engine/plain/standalone-inbox.ts'),
    import('../engine/plain/inbox-options.ts'),
    import('./plain-report.ts'),
  ])
  const { io, output } = context
  const limits = {
    maxMessageBytes: DEFAULT_MAX_MESSAGE_BYTES,
    maxConnections: DEFAULT_MAX_CONNECTIONS,
    idleTimeoutMs: DEFAULT_IDLE_TIMEOUT_MS,
  }
  const opened: { close(): Promise<void> }[] = []
  const close = async () => {
    await Promise.all(opened.map((inbox) => inbox.close()))
  }
  try {
    for (const { address, framing } of places) {
      const notes = new PlainNotes(folder)
      const report = (event: PlainInboxEvent) => {
        reportInbox(output, event)
        notes.note(event)
        // An engine that is gone takes this command with it.
        void notes.tell(engine).catch(() => undefined)
      }
      const one = openStandaloneInbox({ framing, ...limits }, { folder, clock: io.clock, report })
      opened.push(one)
      const { host, port } = await one.inbox.listen(address)
      output.say(`Receiving ${framing} on ${host.includes(':') ? `[${host}]` : host}:${port}, neither encrypted nor authenticated.`)
    }
    return close
  } catch (error) {
    await close()
    throw error
  }
}
