import { enableCompileCache, getCompileCacheDir } from 'node:module'
import { dirname } from 'node:path'

/**
 * The program without Electron. What takes long to start is started first: compiled code is kept for the next time (worker
 * threads find it through the environment), and the engine's thread loads while this one reads its arguments.
 */
enableCompileCache()
const cache = getCompileCacheDir()
if (cache !== undefined) process.env['NODE_COMPILE_CACHE'] ??= dirname(cache)

void import('./program.ts').then(({ run }) => run(process.argv.slice(2)))
