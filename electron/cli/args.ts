import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { HoldfastError } from '../../shared/errors.ts'

export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  /** May be given several times. */
  readonly multiple?: boolean
  /** What the value is, for help: `HOST:PORT`. */
  readonly value?: string
  readonly help: string
}

export interface CommandSpec<Options extends Readonly<Record<string, OptionSpec>>> {
  /** As typed: `send`, `sync add`. */
  readonly name: string
  readonly summary: string
  /** What stands after the name: `PATH... --to HOST:PORT|DEVICE`. */
  readonly usage: string
  readonly positionals: { readonly min: number; readonly max: number }
  readonly options: Options
  /** Paragraphs below the options. */
  readonly notes?: readonly string[]
}

type ValueOf<Spec extends OptionSpec> = Spec['type'] extends 'boolean' ? boolean : string
export type OptionValues<Options extends Readonly<Record<string, OptionSpec>>> = {
  readonly [Name in keyof Options]?: Options[Name] extends { readonly multiple: true } ? readonly ValueOf<Options[Name]>[] : ValueOf<Options[Name]>
}

export const COMMON_OPTIONS = {
  home: { type: 'string', value: 'DIR', help: 'identity, journal and settings (else $HOLDFAST_HOME, else the app-data folder)' },
  'no-discovery': { type: 'boolean', help: 'neither announce this device nor look for others' },
  json: { type: 'boolean', help: 'one JSON object a line on stdout' },
  help: { type: 'boolean', help: 'show this' },
} as const satisfies Record<string, OptionSpec>

export type CommonValues = OptionValues<typeof COMMON_OPTIONS>

export interface ParsedArgs<Options extends Readonly<Record<string, OptionSpec>>> {
  readonly positionals: readonly string[]
  readonly values: OptionValues<Options>
  readonly common: CommonValues
}

/** Throws USAGE_INVALID: an unknown option, a missing value, too few or too many arguments. */
export function parseCommandArgs<Options extends Readonly<Record<string, OptionSpec>>>(
  spec: CommandSpec<Options>,
  argv: readonly string[],
): ParsedArgs<Options> {
  const specs: Readonly<Record<string, OptionSpec>> = { ...spec.options, ...COMMON_OPTIONS }
  const options: ParseArgsOptionsConfig = Object.fromEntries(
    Object.entries(specs).map(([name, { type, multiple }]) => [name, { type, multiple: multiple ?? false }]),
  )
  let parsed
  try {
    parsed = parseArgs({ args: [...argv], options: { ...options, help: { type: 'boolean', short: 'h' } }, allowPositionals: true, strict: true })
  } catch (error) {
    throw usageError((error as Error).message.split(/[.\n]/)[0] ?? 'wrong arguments', spec.name)
  }
  const values = parsed.values as OptionValues<Options> & CommonValues
  if (!values.help) checkCount(spec, parsed.positionals.length)
  return { positionals: parsed.positionals, values, common: values }
}

function checkCount(spec: CommandSpec<Readonly<Record<string, OptionSpec>>>, count: number): void {
  const { min, max } = spec.positionals
  const wanted = spec.usage === '' ? 'no arguments' : spec.usage
  if (count < min) throw usageError(`something is missing: holdfast ${spec.name} ${wanted}`, spec.name)
  if (count > max) throw usageError(`too many arguments: holdfast ${spec.name} takes ${wanted}`, spec.name)
}

/** One line, which says where to read more. */
export function usageError(problem: string, command: string): HoldfastError {
  return new HoldfastError('USAGE_INVALID', `${problem}; see holdfast ${command === '' ? '' : `${command} `}--help`)
}

/** A whole number in a range, or USAGE_INVALID. */
export function parseNumber(text: string, name: string, command: string, range: { min: number; max: number }): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN
  if (!(value >= range.min && value <= range.max)) {
    throw usageError(`--${name} takes a number from ${range.min} to ${range.max}`, command)
  }
  return value
}

/** One of a few words, or USAGE_INVALID. */
export function parseChoice<Choice extends string>(text: string, choices: readonly Choice[], name: string, command: string): Choice {
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw usageError(`--${name} is one of ${choices.join(', ')}`, command)
  return found
}

export function commandHelp(spec: CommandSpec<Readonly<Record<string, OptionSpec>>>): string {
  const rows = (options: Readonly<Record<string, OptionSpec>>) =>
    Object.entries(options).map(([name, { value, help }]): [string, string] => [`--${name}${value ? ` ${value}` : ''}`, help])
  const own = rows(spec.options)
  const common = rows(COMMON_OPTIONS)
  const width = Math.max(...[...own, ...common].map(([left]) => left.length))
  const table = (lines: [string, string][]) => lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join('')
  return [
    `holdfast ${spec.name} ${spec.usage}`.trimEnd() + '\n',
    `  ${spec.summary}\n`,
    ...(own.length > 0 ? [`\n${table(own)}`] : []),
    `\n${table(common)}`,
    ...(spec.notes ?? []).map((note) => `\n${note}\n`),
  ].join('')
}
