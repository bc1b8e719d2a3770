import { HoldfastError } from '../shared/errors.ts'
import type { AppArgs, AppCommandName, AppEventName, AppEvents, AppReply, PreloadApi, Source } from '../shared/ipc/app-contract.ts'
import { connectPage } from './page-bridge.ts'

/** `online` is reported again after every reconnect: whoever keeps state then reads the truth afresh. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'offline'; readonly attempt: number; readonly retryAtMs: number }
  /** The page's token was wrong, used or expired: only a new address from `holdfast serve` helps. */
  | { readonly kind: 'refused' }

/** How the renderer speaks to the application, whichever way it runs. */
export interface Bridge {
  /** Rejects with a HoldfastError. */
  call<C extends AppCommandName>(command: C, args: AppArgs<C>): Promise<AppReply<C>>
  on<E extends AppEventName>(event: E, listener: (payload: AppEvents[E]) => void): () => void
  /** Must be called inside the drop or paste event: afterwards the browser empties the transfer. */
  addDropped(data: DataTransfer): Promise<readonly Source[]>
  /** Files from an `<input type=file>`. */
  addFiles(files: readonly File[]): Promise<readonly Source[]>
  onConnection(listener: (state: ConnectionState) => void): () => void
  /** Tries again now instead of at `retryAtMs`. */
  reconnectNow(): void
}

declare global {
  interface Window {
    readonly holdfast?: PreloadApi
  }
}

function connectElectron(api: PreloadApi): Bridge {
  const add = async (files: readonly File[]): Promise<readonly Source[]> => {
    const reply = await api.addDropped(files)
    if (!reply.ok) throw HoldfastError.from(reply.error)
    return reply.value
  }
  return {
    async call(command, args) {
      const reply = await api.call(command, args)
      if (!reply.ok) throw HoldfastError.from(reply.error)
      return reply.value
    },
    on: (event, listener) => api.on(event, listener),
    addDropped: (data) => add([...data.files]),
    addFiles: add,
    onConnection(listener) {
      listener({ kind: 'online' })
      return () => {}
    },
    reconnectNow() {},
  }
}

/** The one place that knows whether this is Electron's window or a browser's page. */
export function connectBridge(): Bridge {
  return window.holdfast ? connectElectron(window.holdfast) : connectPage()
}
