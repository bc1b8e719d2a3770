import type { MessagePort } from 'node:worker_threads'
import { toErrorData } from '../../../shared/errors.ts'
import { packResult, unpackJob } from './lane-codec.ts'
import { LANE_JOBS } from './lane-jobs.ts'
import type { LaneMessage, LaneReply } from './lane-messages.ts'

/**
 * A lane's thread. Synchronous jobs are done within the message's turn, so in the order given; the others (flush,
 * digestFile) go on beside later ones.
 */
export function runLane(port: MessagePort): void {
  port.on('message', (request: LaneMessage) => {
    if (request === 'end') process.exit(0)
    const reply = (message: LaneReply) => port.postMessage(message)
    const fail = (error: unknown) => reply({ id: request.id, ok: false, error: toErrorData(error) })
    try {
      const { id, kind } = request
      const job = unpackJob(kind, request.job)
      const work = LANE_JOBS[kind] as (job: unknown) => unknown
      const succeed = (value: unknown) => reply({ id, ok: true, value: packResult(kind, value as never, job) })
      const value = work(job)
      if (value instanceof Promise) value.then(succeed, fail)
      else succeed(value)
    } catch (error) {
      fail(error)
    }
  })
}
