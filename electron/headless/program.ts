import { exitAtOnce } from '../cli/exit-at-once.ts'
import { processIo } from '../cli/process-io.ts'
import { COMMANDS } from '../cli/registry.ts'
import { runCommand } from '../cli/run-command.ts'
import { VERSION } from '../cli/version.ts'
import { openEngine, systemPorts } from '../engine/host/open-engine.ts'
import { ScanAhead } from '../engine/host/scan-ahead.ts'
import { EngineWorker } from '../engine/host/worker-host.ts'

/** Commands that have an engine of their own, or nearly always. */
const OWN_ENGINE: ReadonlySet<string> = new Set(['send', 'receive', 'serve'])

/**
 * One command, then the end. The end is forced once everything is said and closed, for a terminal that was read, or a
 * thread that lingers, must not keep the process.
 */
export async function run(argv: readonly string[]): Promise<never> {
  let early = OWN_ENGINE.has(argv[0] ?? '') ? new EngineWorker() : undefined
  let ahead: ScanAhead | undefined
  const spawn = () => {
    const worker = early ?? new EngineWorker()
    early = undefined
    if (ahead) worker.bring(ahead)
    ahead = undefined
    return worker
  }
  const code = await runCommand(argv, {
    io: processIo(),
    version: VERSION,
    commands: COMMANDS,
    openEngine: (options, role) => openEngine(options, role, { ...systemPorts, spawn }),
    scanAhead: (paths) => {
      try {
        ahead = new ScanAhead(paths)
      } catch {} // The engine says it.
    },
    openPage: async (options) => await (await import('./open-page.ts')).openPage(options),
  })
  exitAtOnce(code)
}
