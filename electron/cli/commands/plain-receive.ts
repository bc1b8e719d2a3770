import { resolve } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { FRAMINGS } from '../../engine/plain/framing.ts'
import {
  DEFAULT_IDLE_TIMEOUT_MS, DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_MESSAGE_BYTES, inboxRules, type PlainInboxOptions,
} from '../../engine/plain/inbox-options.ts'
import type { PlainInboxEvent } from '../../engine/plain/inbox-events.ts'
import { NAME_PLACEHOLDERS } from '../../engine/plain/name-pattern.ts'
import { isLoopback, parsePlainDial, parsePlainListen, showPlainAddress } from '../../engine/plain/plain-address.ts'
import { openStandaloneInbox } from '../../engine/plain/standalone-inbox.ts'
import { MAX_FILE_BYTES } from '../../engine/protocol/limits.ts'
import { parseChoice, usageError } from '../args.ts'
import { defineCommand, withEngine, type CommandContext } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { HomeNotes } from '../plain-notes.ts'
import { oneOf, parseSeconds, parseWhole } from '../plain-args.ts'
import { RECEIVE_EXAMPLES } from '../plain-examples.ts'
import { reportInbox } from '../plain-report.ts'
import { printable } from '../printable.ts'
import { stopSignal } from '../stop-signal.ts'

const NAME = 'plain receive'

export const command = defineCommand(
  {
    name: NAME,
    summary: 'Receives messages of programs that speak plain TCP; each becomes a file. Neither encrypted nor authenticated.',
    usage: '--framing FRAMING',
    positionals: { min: 0, max: 0 },
    options: {
      framing: { type: 'string', value: 'FRAMING', help: FRAMINGS },
      listen: { type: 'string', value: 'HOST:PORT', help: 'where to listen (127.0.0.1:1060); PORT alone is loopback, port 0 picks one' },
      from: { type: 'string', value: 'HOST:PORT', help: 'dial instead of listening, and receive until that side ends' },
      dir: { type: 'string', value: 'DIR', help: 'where files go (else the receive folder of the settings)' },
      name: { type: 'string', value: 'PATTERN', help: "files' names ({date} {time} {number}.bin; with --ids {id}.bin)" },
      'max-message': { type: 'string', value: 'BYTES', help: 'longer messages are refused (1 GiB; eof: no limit)' },
      'max-connections': { type: 'string', value: 'N', help: `at once (${DEFAULT_MAX_CONNECTIONS})` },
      'idle-timeout': { type: 'string', value: 'S', help: 'closes a connection on which nothing moves (60; 0: never)' },
      reply: { type: 'string', value: 'ack|echo|none', help: 'ack: the number of each message (or its id) in decimal, when it is safe on disk' },
      ids: { type: 'boolean', help: 'each message begins with an 8-byte big-endian id; repeats are dropped' },
    },
    notes: [
      `In PATTERN: ${Object.entries(NAME_PLACEHOLDERS).map(([name, meaning]) => `{${name}} ${meaning}`).join('; ')}.`,
      'A repeat is the same id with the same content; the newest 65,536 ids are remembered while the command runs.',
      RECEIVE_EXAMPLES,
    ],
  },
  async (context, { values }) => {
    if (values.framing === undefined) throw usageError(`--framing is missing: one of ${FRAMINGS}`, NAME)
    oneOf(values.listen, values.from, '--listen and --from', NAME)
    const anySize = values.framing === 'eof' ? MAX_FILE_BYTES : DEFAULT_MAX_MESSAGE_BYTES
    const options: PlainInboxOptions = {
      framing: values.framing,
      maxMessageBytes: parseWhole(values['max-message'], 'max-message', NAME, { min: 1, max: MAX_FILE_BYTES }, anySize),
      maxConnections: parseWhole(values['max-connections'], 'max-connections', NAME, { min: 1, max: 10_000 }, DEFAULT_MAX_CONNECTIONS),
      idleTimeoutMs: parseSeconds(values['idle-timeout'], 'idle-timeout', NAME, DEFAULT_IDLE_TIMEOUT_MS),
      reply: parseChoice(values.reply ?? 'none', ['ack', 'echo', 'none'], 'reply', NAME),
      ids: values.ids ?? false,
      ...(values.name === undefined ? {} : { name: values.name }),
    }
    inboxRules(options)
    const where = values.from === undefined
      ? { kind: 'listen' as const, address: parsePlainListen(values.listen) }
      : { kind: 'dial' as const, address: parsePlainDial(values.from) }
    const folder = values.dir === undefined ? await receiveFolder(context) : resolve(context.io.cwd, values.dir)
    return await receive(context, options, where, folder)
  },
)

type Where = { readonly kind: 'listen' | 'dial'; readonly address: { readonly host: string; readonly port: number } }

async function receive(context: CommandContext, options: PlainInboxOptions, where: Where, folder: string): Promise<number> {
  const { io, output } = context
  const notes = new HomeNotes(context, folder)
  const report = (event: PlainInboxEvent) => {
    reportInbox(output, event)
    notes.note(event)
  }
  const opened = openStandaloneInbox(options, { folder, clock: io.clock, report })
  const { inbox } = opened
  const stop = stopSignal(io, EXIT.ok)
  try {
    if (where.kind === 'dial') {
      output.say(`Receiving ${options.framing} from ${showPlainAddress(where.address)} into ${printable(opened.folder)}. Neither encrypted nor authenticated.`)
      const over = inbox.receiveFrom(where.address)
      over.catch(() => undefined)
      return await Promise.race([over.then(() => EXIT.ok, exitCode), stop.asked.then(() => EXIT.ok)])
    }
    const bound = await inbox.listen(where.address)
    output.say(`Receiving ${options.framing} on ${showPlainAddress(bound)} into ${printable(opened.folder)}. Neither encrypted nor authenticated.`)
    if (!isLoopback(bound)) output.say('Anybody who can reach this address can put files there.')
    await stop.asked
    return EXIT.ok
  } finally {
    await opened.close()
    await notes.close()
    stop.release()
  }
}

/** What the connection did wrong has been reported already, unless the inbox never got that far. */
function exitCode(error: unknown): number {
  if (error instanceof HoldfastError && (error.code.startsWith('PLAIN_') || error.policy === 'retry')) return EXIT.incomplete
  throw error
}

async function receiveFolder(context: CommandContext): Promise<string> {
  let folder = ''
  await withEngine(context, async (engine) => {
    folder = (await engine.call('settings:get', {})).receiveFolder
    return EXIT.ok
  })
  return folder
}
