import { toErrorData } from '../../shared/errors.ts'
import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { EngineOptions } from '../engine/engine-options.ts'
import type { EngineRole, OpenedEngine } from '../engine/host/open-engine.ts'
import { parseCommandArgs, type CommandSpec, type CommonValues, type OptionSpec, type ParsedArgs } from './args.ts'
import type { CommandIo } from './io.ts'
import type { Output } from './output.ts'
import type { OpenedPage, PageOptions } from './page-port.ts'

/** What a command decides about an engine of its own. */
export type EngineChoice = Omit<EngineOptions, 'home' | 'version'>

/** An engine that only does what it is told. */
export const ASIDE = { listen: false, discovery: false, continueTransfers: 'none' } as const satisfies EngineChoice

/** What a command has to work with. */
export interface CommandContext {
  readonly io: CommandIo
  readonly output: Output
  /** Absolute. */
  readonly home: string
  /** Unless the user said `--no-discovery`. */
  readonly discovery: boolean
  /** How the same home is named on another command's line: empty, or ` --home DIR`. */
  readonly homeHint: string
  /** What is going to be sent is looked at while an engine of one's own starts. */
  scanAhead(paths: readonly string[]): void
  openEngine(role: EngineRole, options: EngineChoice): Promise<OpenedEngine>
  /** Serves the window's page for a browser. */
  openPage(options: PageOptions): Promise<OpenedPage>
}

type Options = Readonly<Record<string, OptionSpec>>

/** A command as the registry knows it. */
export interface Command {
  readonly spec: CommandSpec<Options>
  /** Resolves with the exit code, `'help'` when only that was asked for. Throws USAGE_INVALID before anything is done. */
  start(argv: readonly string[], makeContext: (common: CommonValues) => CommandContext): Promise<number | 'help'>
}

/** Binds a command's options to the values it gets. */
export function defineCommand<const Own extends Options>(
  spec: CommandSpec<Own>,
  run: (context: CommandContext, args: ParsedArgs<Own>) => Promise<number>,
): Command {
  return {
    spec,
    async start(argv, makeContext) {
      const args = parseCommandArgs(spec, argv)
      if (args.common.help) return 'help'
      return await run(makeContext(args.common), args)
    },
  }
}

/** As much of an engine as a command needs that asks something and ends. */
export type EngineCalls = Pick<EngineClient, 'call'>

/**
 * For a command that asks an engine something and ends: the running one, or one of its own for a moment. When the running
 * one ends meanwhile, what it did not answer is asked again.
 */
export async function withEngine(context: CommandContext, work: (engine: EngineCalls) => Promise<number>): Promise<number> {
  const open = () => context.openEngine('client-or-own', ASIDE)
  let current = open()
  const call: EngineClient['call'] = async (command, args) => {
    const before = current
    const engine = await before
    try {
      return await engine.call(command, args)
    } catch (error) {
      if (engine.own || toErrorData(error).code !== 'ENGINE_NOT_RUNNING') throw error
      if (current === before) current = engine.close().then(open)
      return await call(command, args)
    }
  }
  try {
    return await work({ call })
  } finally {
    await (await current).close()
  }
}
