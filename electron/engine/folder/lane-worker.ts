import { parentPort } from 'node:worker_threads'
import { toErrorData } from '../../../shared/errors.ts'
import { LANE_JOBS } from './lane-jobs.ts'
import type { LaneReply, LaneRequest } from './lane-messages.ts'

/**
 * Entry of a lane's thread. Synchronous jobs are done within the message's turn, so in the order given; the others
 * (flush, digestFile) go on beside later ones.
 */
const port = parentPort
if (!port) throw new Error('this file is the entry of a worker thread')

port.on('message', (request: LaneRequest) => {
  const reply = (message: LaneReply) => port.postMessage(message)
  const fail = (error: unknown) => reply({ id: request.id, ok: false, error: toErrorData(error) })
  try {
    const work = LANE_JOBS[request.kind] as (job: unknown) => unknown
    const value = work(request.job)
    if (value instanceof Promise) value.then((settled: unknown) => reply({ id: request.id, ok: true, value: settled }), fail)
    else reply({ id: request.id, ok: true, value })
  } catch (error) {
    fail(error)
  }
})
