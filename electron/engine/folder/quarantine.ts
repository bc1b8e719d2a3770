import { execFileSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { setTimesOf } from './file-times.ts'

/** Calls a program with arguments; tests put their own here. */
export type RunProgram = (program: string, args: readonly string[]) => void

/** Linux has no such mark. */
export const HAS_QUARANTINE = process.platform === 'win32' || process.platform === 'darwin'

const FILES_AT_ONCE = 256

/**
 * Marks what came from another machine, so that the system asks before it opens it: Mark-of-the-Web on Windows,
 * `com.apple.quarantine` on macOS; Linux has no such mark. On the staged files, so that none is ever in place unmarked.
 * A volume that can't hold the mark (exFAT) keeps the files without.
 */
export function markQuarantine(
  paths: readonly string[],
  options: { readonly platform?: NodeJS.Platform; readonly nowMs?: number; readonly run?: RunProgram } = {},
): void {
  const platform = options.platform ?? process.platform
  if (platform === 'win32') for (const path of paths) markOfTheWeb(path)
  if (platform !== 'darwin') return
  const run = options.run ?? runProgram
  const seconds = Math.floor((options.nowMs ?? Date.now()) / 1000)
  for (let at = 0; at < paths.length; at += FILES_AT_ONCE) {
    const value = `0081;${seconds.toString(16).padStart(8, '0')};Holdfast;`
    try {
      run('/usr/bin/xattr', ['-w', 'com.apple.quarantine', value, ...paths.slice(at, at + FILES_AT_ONCE)])
    } catch {
      // As above: the content is whole; only the mark has no place here.
    }
  }
}

/** Zone 3 is the internet: what Windows itself says of files from elsewhere. Writing the stream touches the file's time. */
function markOfTheWeb(path: string): void {
  try {
    const { mtimeMs } = statSync(path)
    writeFileSync(`${path}:Zone.Identifier`, '[ZoneTransfer]\r\nZoneId=3\r\n')
    setTimesOf(path, mtimeMs)
  } catch {
    // FAT and network volumes have no alternate streams.
  }
}

function runProgram(program: string, args: readonly string[]): void {
  execFileSync(program, [...args], { stdio: 'ignore' })
}
