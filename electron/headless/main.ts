import { enableCompileCache } from 'node:module'
import { privateCacheFolder } from '../engine/util/cache-folder.ts'

/**
 * The program without Electron. What takes long to start is started first: compiled code is kept for the next time (that of
 * other people's modules by Node, which worker threads find through the environment), and the engine's thread loads while
 * this one reads its arguments.
 */
const modules = privateCacheFolder('modules')
if (modules !== undefined) enableCompileCache((process.env['NODE_COMPILE_CACHE'] ||= modules))

void import('./program.ts').then(({ run }) => run(process.argv.slice(2)))
