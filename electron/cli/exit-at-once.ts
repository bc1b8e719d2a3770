import { existsSync } from 'node:fs'
import nodeModule from 'node:module'

const SHELL = '/bin/sh'

/**
 * Ends the process without taking down its threads, which `process.exit` does, and which can go wrong in two ways: the
 * native watcher of files in the engine's thread aborts (its calls into a JavaScript that is ending fail, which it takes for
 * fatal), and a compiler's thread that needs room on the heap waits for a collection by the main thread, which waits for
 * that thread: for ever (https://github.com/nodejs/node/issues/54918).
 * So another program takes this one's place, and does nothing but end with the code. Where there is none, as ever.
 */
export function exitAtOnce(code: number): never {
  if (typeof process.execve === 'function' && existsSync(SHELL)) {
    try {
      keepWhatExitKeeps(code)
      process.execve(SHELL, [SHELL, '-c', `exit ${code}`], {})
    } catch {
      // Not on this system.
    }
  }
  process.exit(code)
}

/** What Node does by itself when it ends as usual. */
function keepWhatExitKeeps(code: number): void {
  nodeModule.flushCompileCache?.()
  process.emit('exit', code)
}
