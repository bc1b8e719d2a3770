import { parentPort } from 'node:worker_threads'
import { giveWay } from '../util/give-way.ts'
import { keepCode } from '../util/kept-code.ts'
import { runEngineWorker } from './run-engine-worker.ts'

if (!parentPort) throw new Error('engine-worker runs as a worker thread only')

keepCode()

/** Loading goes on while the main thread still takes the home's lock. */
const loading = import('../engine.ts')
loading.catch(() => undefined)

runEngineWorker(
  parentPort,
  async (options, ahead) => {
    if (options.givesWay) giveWay()
    return await (await loading).startEngine(options, ahead)
  },
  () => process.exit(0),
)
