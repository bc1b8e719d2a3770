import type { Transfer } from '../../shared/model/transfer.ts'

/** One a second; two minutes are kept. */
export type Samples = readonly number[]

export const KEPT_SAMPLES = 120

/** The series of all transfers together. */
export const ALL = 'all'

/** Adds this second's speeds. A transfer that stands still adds zeros, one that has ended keeps its curve until it is gone. */
export function sampled(
  before: Readonly<Record<string, Samples>>,
  transfers: readonly Transfer[],
): Readonly<Record<string, Samples>> {
  const after: Record<string, Samples> = {}
  let all = 0
  for (const transfer of transfers) {
    const speed = transfer.state.kind === 'active' ? transfer.bytesPerSecond : 0
    const series = before[transfer.id]
    if (!series && speed === 0) continue
    if (transfer.finishedAtMs !== undefined && series) {
      after[transfer.id] = series
      continue
    }
    all += speed
    after[transfer.id] = [...(series ?? []).slice(1 - KEPT_SAMPLES), speed]
  }
  const series = before[ALL]
  if (series || all > 0) {
    const next = [...(series ?? []).slice(1 - KEPT_SAMPLES), all]
    if (next.some((speed) => speed > 0)) after[ALL] = next
  }
  return after
}

/** A round number at or above the highest sample, so that the plot's scale stays calm: 1, 2 or 5 times a power of ten. */
export function scaleOf(samples: Samples): number {
  const highest = Math.max(1, ...samples)
  const power = 10 ** Math.floor(Math.log10(highest))
  for (const step of [1, 2, 5, 10]) if (step * power >= highest) return step * power
  return 10 * power
}
