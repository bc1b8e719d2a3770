/** Files that a plan takes away from where they are. */
export interface Tally {
  readonly deletions: number
  /** Content that another takes the place of. Conflicts don't count: both stay in sight. */
  readonly replacements: number
}

const MANY = 1_000
const FEW_DELETIONS = 2
const FEW_CHANGES = 10

/**
 * Whether a plan takes so much away that a person should say so. `recent`: what was done unasked a short while ago, so
 * that a thousand small plans are no way around; `filesHere`: as it is now.
 */
export function mustAsk(planned: Tally, recent: Tally, filesHere: number): boolean {
  if (planned.deletions + planned.replacements === 0) return false
  const deletions = planned.deletions + recent.deletions
  const changes = deletions + planned.replacements + recent.replacements
  const half = (filesHere + recent.deletions) / 2
  return deletions > Math.max(FEW_DELETIONS, half) || changes > Math.max(FEW_CHANGES, half) || deletions > MANY || changes > MANY
}
