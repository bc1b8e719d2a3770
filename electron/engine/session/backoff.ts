/**
 * How long to wait before a connection attempt. The first is made at once; from the second on exponential with full
 * jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): uniform in [0, base × 2^(attempt−2)), at most `maxMs`,
 * so that many devices that lost the same network do not come back in step.
 *
 * `attempt` counts from 1; `unit` is uniform in [0, 1).
 */
export function backoffMs(attempt: number, unit: number, limits: { readonly baseMs: number; readonly maxMs: number }): number {
  if (attempt <= 1) return 0
  // 2^30 is over any sensible limit; without the cap the power overflows to Infinity, which is harmless but ugly
  const ceiling = Math.min(limits.maxMs, limits.baseMs * 2 ** Math.min(attempt - 2, 30))
  return Math.floor(unit * ceiling)
}
