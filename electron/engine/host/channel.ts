import { HoldfastError, toErrorData, type ErrorData } from '../../../shared/errors.ts'
import type {
  ClientMessage,
  CommandArgs,
  CommandName,
  CommandReply,
  EngineClient,
  EventName,
  Events,
  Reply,
  ServerMessage,
} from '../../../shared/ipc/contract.ts'

/**
 * What carries the messages: a worker's port, the local socket, a WebSocket. Messages are plain data that JSON can hold
 * (no bigint, no bytes), arrive whole and in order, or the pipe closes.
 */
export interface MessagePipe {
  post(message: unknown): void
  onMessage(listener: (message: unknown) => void): void
  /** Once, however it ended; at once when it has ended already. `error`: not on purpose. */
  onClose(listener: (error?: HoldfastError) => void): void
  /** Delivers what was posted, then closes. */
  close(): void
}

/** Beside the contract's messages: events cross only while somebody listens, so that a short command is not told of every file. */
interface SubscribeMessage {
  readonly subscribe: EventName
  readonly wanted: boolean
}

/**
 * Answers one client of `engine` until the pipe closes. The engine itself stays open.
 * @param unasked events for a client that does not subscribe, as a page behind a WebSocket
 * @returns what makes it deaf: nothing more is taken, while events, and answers to what was asked before, still go out.
 */
export function serveEngine(engine: EngineClient, pipe: MessagePipe, unasked: readonly EventName[] = []): () => void {
  const stops = new Map<EventName, () => void>()
  let open = true
  let deaf = false
  const post = (message: ServerMessage) => {
    if (open) pipe.post(message)
  }
  const subscribe = (event: EventName) => {
    if (!stops.has(event)) stops.set(event, engine.on(event, (payload) => post({ event, payload })))
  }
  unasked.forEach(subscribe)

  pipe.onMessage((message) => {
    if (isSubscribe(message)) {
      if (message.wanted) return subscribe(message.subscribe)
      stops.get(message.subscribe)?.()
      stops.delete(message.subscribe)
      return
    }
    if (!isClientMessage(message)) return pipe.close()
    if (deaf) return
    const { id, command, args } = message
    void answer(engine, command, args).then((reply) => post({ id, reply }))
  })
  pipe.onClose(() => {
    open = false
    for (const stop of stops.values()) stop()
    stops.clear()
  })
  const end = () => pipe.close()
  engine.closed.then(end, end)
  return () => {
    deaf = true
  }
}

async function answer(engine: EngineClient, command: CommandName, args: unknown): Promise<Reply<unknown>> {
  try {
    return { ok: true, value: await engine.call(command, args as CommandArgs<CommandName>) }
  } catch (error) {
    return { ok: false, error: toErrorData(error) }
  }
}

/**
 * The engine at the other end of a pipe. When the pipe breaks, calls under way and later ones reject, and `closed`
 * rejects with the same error; after a close on purpose `closed` resolves and calls reject with ENGINE_NOT_RUNNING.
 */
export function connectEngine(pipe: MessagePipe): EngineClient {
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: HoldfastError): void }>()
  const listeners = new Map<EventName, Set<(payload: never) => void>>()
  let lastId = 0
  let gone: HoldfastError | undefined
  let closeGently = () => {}
  let closeBroken = (_error: HoldfastError) => {}
  const closed = new Promise<void>((resolve, reject) => {
    closeGently = resolve
    closeBroken = reject
  })
  // Whoever does not look at `closed` learns of it by the rejected calls.
  closed.catch(() => undefined)

  pipe.onMessage((message) => {
    if (isReplyMessage(message)) {
      const { id, reply } = message
      const call = waiting.get(id)
      waiting.delete(id)
      if (reply.ok) call?.resolve(reply.value)
      else call?.reject(HoldfastError.from(reply.error))
      return
    }
    if (!isEventMessage(message)) return
    for (const listener of [...(listeners.get(message.event) ?? [])]) listener(message.payload as never)
  })
  pipe.onClose((error) => {
    gone = error ?? new HoldfastError('ENGINE_NOT_RUNNING', 'The engine has been closed.')
    for (const call of waiting.values()) call.reject(gone)
    waiting.clear()
    if (error) closeBroken(error)
    else closeGently()
  })

  return {
    closed,
    call<C extends CommandName>(command: C, args: CommandArgs<C>): Promise<CommandReply<C>> {
      if (gone) return Promise.reject(gone)
      const id = (lastId += 1)
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
        pipe.post({ id, command, args } satisfies ClientMessage)
      })
    },
    on<E extends EventName>(event: E, listener: (payload: Events[E]) => void): () => void {
      const set = listeners.get(event) ?? new Set()
      listeners.set(event, set)
      if (set.size === 0 && !gone) pipe.post({ subscribe: event, wanted: true } satisfies SubscribeMessage)
      set.add(listener as (payload: never) => void)
      return () => {
        if (!set.delete(listener as (payload: never) => void)) return
        if (set.size === 0 && !gone) pipe.post({ subscribe: event, wanted: false } satisfies SubscribeMessage)
      }
    },
    async close(): Promise<void> {
      pipe.close()
      await closed.catch(() => undefined)
    },
  }
}

/** Data as an error; a message from another thread or process may be anything. */
export function errorOf(data: unknown): HoldfastError {
  const { code, message } = (data ?? {}) as Partial<ErrorData>
  if (typeof code === 'string' && typeof message === 'string') return HoldfastError.from(data as ErrorData)
  return new HoldfastError('ENGINE_INTERNAL', 'The engine failed without saying why.')
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isSubscribe(message: unknown): message is SubscribeMessage {
  return isRecord(message) && typeof message['subscribe'] === 'string' && typeof message['wanted'] === 'boolean'
}

function isClientMessage(message: unknown): message is ClientMessage {
  return isRecord(message) && typeof message['id'] === 'number' && typeof message['command'] === 'string'
}

function isReplyMessage(message: unknown): message is Extract<ServerMessage, { reply: unknown }> {
  return isRecord(message) && typeof message['id'] === 'number' && isRecord(message['reply'])
}

function isEventMessage(message: unknown): message is Extract<ServerMessage, { event: EventName }> {
  return isRecord(message) && typeof message['event'] === 'string'
}
