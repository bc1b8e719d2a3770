import { homedir } from 'node:os'
import { isAbsolute } from 'node:path'

/** The user's home folder; '' where there is none, as for services: no HOME, an empty one, and no entry in the list of users. */
export function userHome(): string {
  try {
    const home = homedir()
    return isAbsolute(home) ? home : ''
  } catch {
    return ''
  }
}
