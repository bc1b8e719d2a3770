import type { MessagePort } from 'node:worker_threads'
import { toErrorData } from '../../../shared/errors.ts'
import { packResult, unpackJob } from './lane-codec.ts'
import { LANE_JOBS } from './lane-jobs.ts'
import type { LaneMessage, LaneReply, LaneRequest } from './lane-messages.ts'

/**
 * A lane's thread. Jobs are begun in the order given, one a turn of the event loop: Node hands over up to a thousand messages
 * in one turn, and while packs pour in, a flush or a digest, which go on beside later jobs, would wait for all of them.
 */
export function runLane(port: MessagePort): void {
  const waiting: LaneRequest[] = []
  const next = () => {
    const request = waiting.shift()
    if (request) begin(port, request)
    if (waiting.length > 0) setImmediate(next)
  }
  port.on('message', (message: LaneMessage) => {
    if (message === 'end') process.exit(0)
    if (waiting.push(message) === 1) setImmediate(next)
  })
}

function begin(port: MessagePort, request: LaneRequest): void {
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
}
