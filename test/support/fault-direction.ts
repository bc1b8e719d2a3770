import type { Socket } from 'node:net'
import type { Clock } from '../../electron/engine/util/clock.ts'
import type { FaultSchedule, FaultStep } from './fault-schedule.ts'

export interface DirectionEvents {
  cut(how: 'rst' | 'fin'): void
  halfClosed(): void
  stalled(): void
  flipped(): void
  forwarded(bytes: number): void
}

/**
 * One direction of a proxied connection. Holds no more than the chunk it is at: the source is paused while the target is
 * full or a fault makes it wait.
 */
export class FaultDirection {
  #source: Socket
  #target: Socket
  #schedule: FaultSchedule
  #clock: Clock
  #events: DirectionEvents
  #rest: Buffer | null = null
  #bytesPerSecond = Infinity
  #swallowing = false
  #held = false
  #ended = false
  #cancelWait: (() => void) | undefined

  constructor(source: Socket, target: Socket, schedule: FaultSchedule, clock: Clock, events: DirectionEvents) {
    this.#source = source
    this.#target = target
    this.#schedule = schedule
    this.#clock = clock
    this.#events = events
    source.on('data', (chunk: Buffer) => this.#pass(chunk))
    source.on('end', () => {
      this.#ended = true
      this.#maybeEnd()
    })
    target.on('drain', () => this.#goOn())
  }

  limit(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond
  }

  /** Stops forwarding until released; the source is not read meanwhile. */
  hold(): void {
    this.#held = true
    this.#source.pause()
  }

  release(): void {
    this.#held = false
    this.#goOn()
  }

  /** A stream may hand out what it has buffered even after it was destroyed: from now on that is thrown away. */
  close(): void {
    this.#swallowing = true
    this.#held = false
    this.#cancelWait?.()
    this.#cancelWait = undefined
    this.#rest = null
  }

  get #waiting(): boolean {
    return this.#held || this.#cancelWait !== undefined || (this.#target.writableNeedDrain && !this.#target.destroyed)
  }

  /** The source may be closed by now: what it had sent is still delivered. */
  #goOn(): void {
    if (this.#waiting) return
    const rest = this.#rest
    this.#rest = null
    if (rest) this.#pass(rest)
    this.#maybeEnd()
    if (!this.#rest && !this.#waiting && !this.#source.destroyed) this.#source.resume()
  }

  #maybeEnd(): void {
    if (this.#ended && !this.#rest && !this.#cancelWait && !this.#held && !this.#swallowing) this.#target.end()
  }

  #wait(delayMs: number): void {
    this.#cancelWait = this.#clock.after(delayMs, () => {
      this.#cancelWait = undefined
      this.#goOn()
    })
  }

  #pass(chunk: Buffer): void {
    let rest = chunk
    while (rest.length > 0 && !this.#swallowing) {
      if (this.#waiting) {
        this.#rest = rest
        this.#source.pause()
        return
      }
      const step = this.#schedule.take()
      if (step) {
        if (step.kind === 'flip') rest = flipped(rest, step.bit)
        this.#perform(step)
        if (step.kind === 'cut') return
        continue
      }
      // A tenth of a second's worth at a time keeps a slow line smooth.
      const slice = Math.max(1, Math.floor(this.#bytesPerSecond / 10))
      const bytes = Math.min(rest.length, this.#schedule.untilNextBytes, slice)
      this.#schedule.advance(bytes)
      this.#events.forwarded(bytes)
      this.#target.write(bytes === rest.length ? rest : rest.subarray(0, bytes))
      rest = rest.subarray(bytes)
      if (this.#bytesPerSecond < Infinity) this.#wait((bytes / this.#bytesPerSecond) * 1000)
    }
    // An end that is due comes with the last byte before it, not with the first byte after.
    if (this.#schedule.endIsDue && !this.#swallowing) {
      const step = this.#schedule.take()
      if (step) this.#perform(step)
    }
    if (this.#waiting && !this.#swallowing) this.#source.pause()
  }

  #perform(step: FaultStep): void {
    switch (step.kind) {
      case 'cut':
        return this.#events.cut(step.how)
      case 'half-close':
        this.#swallowing = true
        this.#target.end()
        return this.#events.halfClosed()
      case 'stall':
        this.#wait(step.forMs)
        return this.#events.stalled()
      case 'flip':
        return this.#events.flipped()
    }
  }
}

/** A copy, for the chunk may still be somebody else's. */
function flipped(chunk: Buffer, bit: number): Buffer {
  const copy = Buffer.from(chunk)
  copy[0] = (copy[0] ?? 0) ^ (1 << bit)
  return copy
}
