import { readFileSync } from 'node:fs'

/** What vitest's JSON reporter says, as far as it is needed here. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[]
}

/** `N passed, N failed, N skipped`. A test file that could not even be loaded counts as one failure. */
export function reportLine(json: string): string {
  const report = JSON.parse(json) as Report
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length
  const skipped = report.numPendingTests + report.numTodoTests
  return `${report.numPassedTests} passed, ${report.numFailedTests + broken} failed, ${skipped} skipped`
}

if (import.meta.main) console.log(reportLine(readFileSync(process.argv[2] ?? '', 'utf8')))
