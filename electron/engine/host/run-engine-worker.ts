import type { MessagePort } from 'node:worker_threads'
import { toErrorData } from '../../../shared/errors.ts'
import type { EngineClient } from '../../../shared/ipc/contract.ts'
import type { AheadScan } from '../folder/source-scans.ts'
import type { EngineOptions } from '../engine-options.ts'
import { serveEngine } from './channel.ts'
import { PortPipe } from './port-pipe.ts'
import type { FromWorker, ToWorker } from './worker-messages.ts'

/**
 * The engine's thread: starts one engine when told to, serves it over the port that came along, and ends the thread when
 * the engine has closed. `exit` ends it even if the engine left something open: a thread that lingers hangs the program.
 */
export function runEngineWorker(
  parent: MessagePort,
  startEngine: (options: EngineOptions, ahead?: AheadScan) => Promise<EngineClient>,
  exit: () => void,
): void {
  const post = (message: FromWorker) => parent.postMessage(message)
  let starting: Promise<EngineClient> | undefined
  let ending = false

  const end = (last: FromWorker) => {
    if (ending) return
    ending = true
    post(last)
    exit()
  }

  parent.on('message', (message: ToWorker) => {
    if (message.kind === 'close') {
      void Promise.resolve(starting)
        .then((engine) => engine?.close())
        .then(
          () => end({ kind: 'closed' }),
          (error: unknown) => end({ kind: 'failed', error: toErrorData(error) }),
        )
      return
    }
    const pipe = new PortPipe(message.port)
    starting = startEngine(message.options, message.ahead)
    starting.then(
      (engine) => {
        serveEngine(engine, pipe)
        post({ kind: 'started' })
        const closed = () => end({ kind: 'closed' })
        engine.closed.then(closed, closed)
      },
      (error: unknown) => end({ kind: 'failed', error: toErrorData(error) }),
    )
  })
}
