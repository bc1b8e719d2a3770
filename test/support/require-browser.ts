import { existsSync } from 'node:fs'
import { requireProgram } from './system-tools.ts'

/**
 * A Chromium to drive: $CHROMIUM_PATH, an installed one, or on a Debian where we are root one that is installed now.
 * Throws with what to install.
 */
export function requireBrowser(): string {
  const chosen = process.env['CHROMIUM_PATH']
  if (chosen) {
    if (existsSync(chosen)) return chosen
    throw new Error(`CHROMIUM_PATH is ${chosen}, which does not exist`)
  }
  return requireProgram(
    ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    ['chromium', 'fonts-dejavu-core'],
  )
}
