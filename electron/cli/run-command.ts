import { HoldfastError, toErrorData } from '../../shared/errors.ts'
import type { EngineOptions } from '../engine/engine-options.ts'
import type { EngineRole, OpenedEngine } from '../engine/host/open-engine.ts'
import { commandHelp, usageError, type CommonValues } from './args.ts'
import type { CommandContext } from './command.ts'
import { EXIT, exitCodeOf } from './exit-code.ts'
import { homeFolder } from './home-folder.ts'
import type { CommandIo } from './io.ts'
import { Output } from './output.ts'
import type { OpenedPage, PageOptions } from './page-port.ts'
import { printable } from './printable.ts'
import { findCommand, type CommandEntry } from './registry.ts'

export interface RunPorts {
  readonly io: CommandIo
  readonly version: string
  readonly commands: readonly CommandEntry[]
  openEngine(options: EngineOptions, role: EngineRole): Promise<OpenedEngine>
  /** Absent: it is looked at when the engine is there. */
  scanAhead?(paths: readonly string[]): void
  /** Absent: this program has no page to serve. */
  openPage?(options: PageOptions & { readonly version: string }): Promise<OpenedPage>
}

/**
 * Runs one command line. Resolves with the exit code when everything said has been handed to the operating system.
 * @param argv what stands after the program's name
 */
export async function runCommand(argv: readonly string[], ports: RunPorts): Promise<number> {
  const { io } = ports
  // As good a guess as any until the options are known, and the right one for errors in them.
  const output = new Output(io.stdout, io.stderr, argv.includes('--json'))
  try {
    return await dispatch(argv, ports, output)
  } catch (error) {
    const { code, message } = toErrorData(error)
    output.event('error', { code, message })
    output.say(`holdfast: ${printable(message)}`)
    if (code === 'ENGINE_INTERNAL' && io.env['HOLDFAST_DEBUG'] && error instanceof Error) output.say(error.stack ?? '')
    return exitCodeOf(code)
  } finally {
    await output.flush()
  }
}

async function dispatch(argv: readonly string[], ports: RunPorts, output: Output): Promise<number> {
  const { io } = ports
  const [first] = argv
  if (first === '--version' || first === '-v') {
    io.stdout.write(`${ports.version}\n`)
    return EXIT.ok
  }
  if (first === '--help' || first === '-h' || first === 'help') {
    const words = argv.slice(1)
    const asked = first === 'help' ? findCommand(words, ports.commands) : undefined
    if (!asked && first === 'help' && words.length > 0) return tellGroup([...words, '--help'], ports)
    io.stdout.write(asked ? commandHelp((await asked.entry.load()).command.spec) : overallHelp(ports.commands))
    return EXIT.ok
  }
  if (first === undefined) {
    io.stderr.write(overallHelp(ports.commands))
    return EXIT.usage
  }
  const found = findCommand(argv, ports.commands)
  if (!found) return tellGroup(argv, ports)
  const { command } = await found.entry.load()
  const code = await command.start(found.rest, (common) => makeContext(common, ports, output))
  if (code !== 'help') return code
  io.stdout.write(commandHelp(command.spec))
  return EXIT.ok
}

/** For the first of two words, as `plain`. Throws USAGE_INVALID, for what is no command at all too. */
function tellGroup([first = '', ...rest]: readonly string[], { io, commands }: RunPorts): number {
  const group = commands.filter(({ name }) => name.startsWith(`${first} `))
  if (group.length === 0) throw usageError(`there is no command ${JSON.stringify(first)}`, '')
  if (!rest.some((word) => word === '--help' || word === '-h')) {
    throw usageError(`say which: ${group.map(({ name }) => name).join(', ')}`, first)
  }
  io.stdout.write(`${commandTable(group)}\nholdfast ${group[0]?.name} --help says more, and so for the others.\n`)
  return EXIT.ok
}

function makeContext(common: CommonValues, ports: RunPorts, output: Output): CommandContext {
  const home = homeFolder(common.home, ports.io)
  const discovery = common['no-discovery'] !== true
  return {
    io: ports.io,
    output,
    home,
    discovery,
    homeHint: common.home === undefined ? '' : ` --home ${shellWord(common.home)}`,
    scanAhead: (paths) => ports.scanAhead?.(paths),
    openEngine: (role, options) => ports.openEngine({ ...options, home, version: ports.version }, role),
    openPage: async (options) => {
      if (!ports.openPage) throw new HoldfastError('ENGINE_INTERNAL', 'This program has no page to serve.')
      return await ports.openPage({ ...options, version: ports.version })
    },
  }
}

function shellWord(text: string): string {
  return /^[\w./:@%+=,~\\-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function commandTable(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`).join('')
}

function overallHelp(commands: readonly CommandEntry[]): string {
  return [
    'holdfast COMMAND [OPTIONS]\n',
    '  Files arrive: whole, once, confirmed, whatever the network does.\n\n',
    commandTable(commands),
    '\nholdfast COMMAND --help says more; holdfast --version prints the version.\n',
    'Exit codes: 0 everything is confirmed (receivers: ended by a signal), 1 something was not delivered, 2 wrong usage,\n',
    '3 refused or not trusted (also a name that none or several of the paired devices have), 130 a send was interrupted.\n',
  ].join('')
}
