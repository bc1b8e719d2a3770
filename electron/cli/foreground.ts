import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * Whether this process may read its terminal. A job in the background that tries is stopped by the system (SIGTTIN), and
 * a stopped receiver receives nothing: a stranger's wish to pair must not do that.
 */
export function isForeground(platform: NodeJS.Platform = process.platform): boolean {
  if (platform === 'win32') return true
  try {
    const [group, terminalGroup] = platform === 'linux' ? groupsOnLinux() : groupsByPs()
    return group !== undefined && group === terminalGroup
  } catch {
    return false
  }
}

/** proc(5): after the name in parentheses come state, ppid, pgrp, session, tty_nr, tpgid. */
function groupsOnLinux(): (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return [fields[2], fields[5]]
}

function groupsByPs(): (string | undefined)[] {
  return execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], { encoding: 'utf8' }).trim().split(/\s+/)
}
