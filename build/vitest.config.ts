import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

/**
 * `--mode long` is the nightly size: tests that read HOLDFAST_LONG do more, and may take longer.
 * HOLDFAST_TEST_REPORT names a file for the JSON report, beside the summary for people.
 */
export default defineConfig(({ mode }) => {
  const long = mode === 'long' || process.env['HOLDFAST_LONG'] === '1'
  // A guard against hanging, not a measure: a busy machine may take its time.
  const timeoutMs = long ? 900_000 : 90_000
  const report = process.env['HOLDFAST_TEST_REPORT']
  return {
    root: fileURLToPath(new URL('..', import.meta.url)),
    test: {
      include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
      testTimeout: timeoutMs,
      hookTimeout: timeoutMs,
      teardownTimeout: 10_000,
      // As well: what is polled for comes in its own time. Shorter than a test, so that it is this that is told.
      expect: { poll: { timeout: (timeoutMs * 2) / 3 } },
      pool: 'forks',
      // Most files wait for processes and browsers: one at a time would leave the machine idle.
      maxWorkers: 2,
      env: long ? { HOLDFAST_LONG: '1' } : {},
      ...(report ? { reporters: ['default', ['json', { outputFile: report }]] } : {}),
    },
  }
})
