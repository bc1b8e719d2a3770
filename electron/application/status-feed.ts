import type { ErrorData } from '../../shared/errors.ts'
import type { EngineClient, EngineStatus } from '../../shared/ipc/contract.ts'
import type { TransferStateKind } from '../../shared/model/transfer.ts'
import type { Clock } from '../engine/util/clock.ts'
import { Throttle } from './throttle.ts'

const AT_MOST_EVERY_MS = 1_000
/** Free space and a folder that vanished are nobody's event. */
const LOOK_EVERY_MS = 5_000
/** An engine that has stopped answers when another has taken its place, if that can be. */
const ANSWER_MS = 2_000

/**
 * Announces the engine's whole status when it may have changed, at most once a second, and only what differs from before.
 * Looks by itself now and then while it runs. While there is no engine, the last status is announced as of one that does
 * not listen, with the problem that was heard of.
 */
export function startStatusFeed(engine: EngineClient, clock: Clock, announce: (status: EngineStatus) => void): () => void {
  const kinds = new Map<string, TransferStateKind>()
  let last = ''
  let known: EngineStatus | undefined
  let problem: ErrorData | undefined
  let reading = false
  let again = false
  let stopped = false
  let cancelLook = (): void => undefined

  const say = (status: EngineStatus): void => {
    const text = JSON.stringify(status)
    if (stopped || text === last) return
    last = text
    announce(status)
  }
  const read = async (): Promise<void> => {
    if (reading) return void (again = true)
    reading = true
    const late = clock.after(ANSWER_MS, () => {
      if (known && problem) say({ ...known, listening: null, problems: [problem] })
    })
    known = (await engine.call('engine:status', {}).catch(() => undefined)) ?? known
    late()
    problem = undefined
    reading = false
    if (known) say(known)
    if (again && !stopped) {
      again = false
      throttle.request()
    }
  }
  const throttle = new Throttle(clock, AT_MOST_EVERY_MS, () => void read())
  const request = (): void => throttle.request()
  const look = (): void => {
    cancelLook = clock.after(LOOK_EVERY_MS, () => {
      request()
      look()
    })
  }

  const stops = [
    engine.on('engine:listening', request),
    engine.on('engine:problem', (heard) => {
      problem = heard
      request()
    }),
    engine.on('settings:changed', request),
    engine.on('request:changed', request),
    engine.on('request:removed', request),
    engine.on('transfer:removed', ({ transferId }) => {
      kinds.delete(transferId)
      request()
    }),
    engine.on('transfer:changed', ({ id, state }) => {
      if (kinds.get(id) === state.kind) return
      kinds.set(id, state.kind)
      request()
    }),
  ]
  look()
  return () => {
    stopped = true
    cancelLook()
    throttle.stop()
    for (const stop of stops) stop()
  }
}
