import { HoldfastError } from '../shared/errors.ts'
import type { AppArgs, AppClientMessage, AppCommandName, AppReply, AppServerMessage, Source } from '../shared/ipc/app-contract.ts'
import type { Bridge, ConnectionState } from './bridge.ts'
import { groupFiles, readDropped, type Dropped } from './dropped.ts'
import { uploadDropped } from './upload.ts'

interface Waiting {
  resolve(value: unknown): void
  reject(error: unknown): void
}

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 10_000

/** Exponential, from half a second to ten, with up to a fifth of jitter so that several pages do not come at once. */
export function reconnectWaitMs(attempt: number, random: number): number {
  const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, attempt - 1))
  return Math.round(waitMs * (0.8 + 0.4 * random))
}

/** Exchanges the one-time token of the address's fragment for a cookie, and takes it out of the address and the history. */
async function startSession(): Promise<'ok' | 'refused' | 'unreachable'> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (!token) return 'ok'
  try {
    const response = await fetch('./session', { method: 'POST', body: token, headers: { 'content-type': 'text/plain' } })
    if (response.ok) {
      history.replaceState(null, '', location.pathname)
      return 'ok'
    }
    if (response.status !== 401 && response.status !== 403) return 'unreachable'
    history.replaceState(null, '', location.pathname)
    // A page that was reloaded, or opened a second time, may hold the cookie already.
    return 'ok'
  } catch {
    return 'unreachable'
  }
}

/** Close code of an open socket whose session has ended. */
const CLOSE_NO_SESSION = 4401

/** A refused WebSocket does not say why: `GET /session` does, 401 or 403 without a valid cookie. */
async function sessionIsRefused(): Promise<boolean> {
  try {
    const { status } = await fetch('./session', { cache: 'no-store' })
    return status === 401 || status === 403
  } catch {
    return false
  }
}

export function connectPage(): Bridge {
  const listeners = new Map<string, Set<(payload: never) => void>>()
  const connectionListeners = new Set<(state: ConnectionState) => void>()
  const waiting = new Map<number, Waiting>()
  let state: ConnectionState = { kind: 'connecting' }
  let socket: WebSocket | null = null
  let nextId = 1
  let attempt = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  const setState = (next: ConnectionState): void => {
    state = next
    for (const listener of connectionListeners) listener(next)
  }

  const retryLater = (): void => {
    attempt += 1
    const waitMs = reconnectWaitMs(attempt, Math.random())
    setState({ kind: 'offline', attempt, retryAtMs: Date.now() + waitMs })
    timer = setTimeout(() => void open(), waitMs)
  }

  const receive = (message: AppServerMessage): void => {
    if ('event' in message) {
      for (const listener of listeners.get(message.event) ?? []) listener(message.payload as never)
      return
    }
    const call = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.reply.ok) call?.resolve(message.reply.value)
    else call?.reject(HoldfastError.from(message.reply.error))
  }

  const lost = (): void => {
    socket = null
    const error = new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is not answering. It is tried again by itself.')
    for (const call of waiting.values()) call.reject(error)
    waiting.clear()
  }

  const open = async (): Promise<void> => {
    clearTimeout(timer)
    const session = await startSession()
    if (session === 'unreachable') return retryLater()
    const url = new URL('./events', location.href)
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
    url.hash = ''
    const opening = new WebSocket(url)
    socket = opening
    opening.onopen = () => {
      attempt = 0
      setState({ kind: 'online' })
    }
    opening.onmessage = (event) => receive(JSON.parse(String(event.data)) as AppServerMessage)
    opening.onclose = async (event) => {
      if (socket !== opening) return
      lost()
      if (event.code === CLOSE_NO_SESSION || (await sessionIsRefused())) setState({ kind: 'refused' })
      else retryLater()
    }
  }

  const call = <C extends AppCommandName>(command: C, args: AppArgs<C>): Promise<AppReply<C>> => {
    const open = socket?.readyState === WebSocket.OPEN ? socket : null
    if (!open) return Promise.reject(new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast is not answering. It is tried again by itself.'))
    const id = nextId++
    const message: AppClientMessage = { id, command, args }
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      open.send(JSON.stringify(message))
    })
  }

  const upload = (dropped: Dropped): Promise<readonly Source[]> => uploadDropped(dropped, call, () => socket !== null)

  void open()
  return {
    call,
    on(event, listener) {
      const set = listeners.get(event) ?? new Set()
      set.add(listener as (payload: never) => void)
      listeners.set(event, set)
      return () => set.delete(listener as (payload: never) => void)
    },
    addDropped: async (data) => upload(await readDropped(data)),
    addFiles: (files) => upload({ items: groupFiles(files), unreadable: [] }),
    onConnection(listener) {
      connectionListeners.add(listener)
      listener(state)
      return () => connectionListeners.delete(listener)
    },
    reconnectNow() {
      if (state.kind === 'offline') void open()
    },
  }
}
