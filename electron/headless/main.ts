import { processIo } from '../cli/process-io.ts'
import { COMMANDS } from '../cli/registry.ts'
import { runCommand } from '../cli/run-command.ts'
import { VERSION } from '../cli/version.ts'

/**
 * The program without Electron: one command, then the end. The end is forced once everything is said and closed, for a
 * terminal that was read, or a thread that lingers, must not keep the process.
 */
const code = await runCommand(process.argv.slice(2), {
  io: processIo(),
  version: VERSION,
  commands: COMMANDS,
  openEngine: async (options, role) => await (await import('../engine/host/open-engine.ts')).openEngine(options, role),
  openPage: async (options) => await (await import('./open-page.ts')).openPage(options),
})
process.exit(code)
