import { parentPort, type MessagePort } from 'node:worker_threads'
import { HoldfastError } from '../../../shared/errors.ts'
import { runEngineWorker } from '../../../electron/engine/host/run-engine-worker.ts'
import { FakeEngine, fakePairing, fakeStatus } from '../../support/fake-engine.ts'

/** A tiny engine in a real thread. `name` of the options says how it behaves. */
runEngineWorker(
  parentPort as MessagePort,
  async (options) => {
    if (options.name === 'fails') throw new HoldfastError('PORT_IN_USE', 'Port 1 is taken.', { details: { port: 1 } })
    const engine = new FakeEngine({
      'engine:status': () => fakeStatus({ home: options.home }),
      'device:forget': () => {
        throw new HoldfastError('DEVICE_UNKNOWN', 'Nobody of that name.')
      },
      'pairing:list': () => {
        engine.emit('pairing:changed', fakePairing())
        return []
      },
      'history:list': () => {
        setImmediate(() => {
          throw new Error('boom')
        })
        return new Promise(() => undefined)
      },
    })
    // A handle left open must not keep the thread alive.
    setInterval(() => undefined, 1000)
    if (options.name === 'never closes') engine.close = () => new Promise(() => undefined)
    return engine
  },
  () => process.exit(0),
)
