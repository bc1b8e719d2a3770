import type { WebSocket } from 'ws'
import type { AppServerMessage } from '../../shared/ipc/app-contract.ts'
import { answerCall } from '../application/answer-call.ts'
import type { Application } from '../application/application.ts'
import type { Clock } from '../engine/util/clock.ts'
import { EventFeed } from './event-feed.ts'

/** The longest call is a text of 1 MiB, every character of it escaped. */
export const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
/** A page that does not read gets no more events until it has. */
const EVENTS_BACKLOG_BYTES = 1024 * 1024
/** And is dropped when its replies pile up: it connects again and reads afresh. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024
const MAX_CALLS_AT_ONCE = 256
const PING_MS = 30_000

const CLOSE_NOT_UNDERSTOOD = 1003
const CLOSE_MISUSED = 1008

/** Serves one page until its socket closes; calls back then. Whoever calls this knows who the page is. */
export function servePage(application: Application, socket: WebSocket, clock: Clock, closed: () => void): void {
  let calls = 0
  let alive = true
  const post = (message: AppServerMessage): void => {
    if (socket.readyState !== socket.OPEN) return
    socket.send(JSON.stringify(message))
    if (socket.bufferedAmount > MAX_BACKLOG_BYTES) socket.terminate()
  }
  const feed = new EventFeed(
    clock,
    () => socket.bufferedAmount < EVENTS_BACKLOG_BYTES,
    (events) => events.forEach(({ event, payload }) => post({ event, payload })),
  )
  const unsubscribe = application.subscribe((event, payload) => feed.push(event, payload))

  let cancelPing = (): void => undefined
  const ping = (): void => {
    cancelPing = clock.after(PING_MS, () => {
      if (!alive) return socket.terminate()
      alive = false
      socket.ping()
      ping()
    })
  }
  ping()

  socket.on('pong', () => {
    alive = true
  })
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    alive = true
    if (isBinary) return socket.close(CLOSE_NOT_UNDERSTOOD)
    const call = parseCall(data)
    if (!call) return socket.close(CLOSE_MISUSED)
    if (calls >= MAX_CALLS_AT_ONCE) {
      return post({ id: call.id, reply: { ok: false, error: { code: 'NET_BUSY', message: 'Too much was asked at once. Try again.' } } })
    }
    calls += 1
    void answerCall(application.handlers, call.command, call.args).then((reply) => {
      calls -= 1
      post({ id: call.id, reply })
    })
  })
  // Too large a message, or a broken frame: the socket closes by itself.
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    cancelPing()
    unsubscribe()
    feed.close()
    closed()
  })
}

function parseCall(data: Buffer): { id: number; command: unknown; args: unknown } | undefined {
  try {
    const message = JSON.parse(data.toString('utf8')) as { id?: unknown; command?: unknown; args?: unknown } | null
    if (typeof message !== 'object' || message === null || !Number.isSafeInteger(message.id)) return undefined
    return { id: message.id as number, command: message.command, args: message.args }
  } catch {
    return undefined
  }
}
