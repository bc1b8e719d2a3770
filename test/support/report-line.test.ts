import { expect, test } from 'vitest'
import { reportLine } from './report-line.ts'

test('sums up a report, files that did not load included', () => {
  const report = {
    numPassedTests: 5,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [
      { status: 'passed', assertionResults: [{}, {}] },
      { status: 'failed', assertionResults: [{}] },
      { status: 'failed', assertionResults: [] },
    ],
  }
  expect(reportLine(JSON.stringify(report))).toBe('5 passed, 2 failed, 3 skipped')
})
