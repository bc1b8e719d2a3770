import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { Acceptor } from '../../engine/plain/acceptor.ts'
import { AnswerFile } from '../../engine/plain/answer-file.ts'
import { FRAMINGS } from '../../engine/plain/framing.ts'
import { fileOutgoing } from '../../engine/plain/outgoing.ts'
import { parsePlainDial, parsePlainListen, showPlainAddress } from '../../engine/plain/plain-address.ts'
import { dialPlain } from '../../engine/plain/plain-socket.ts'
import { PlainSender, type PlainSenderPorts } from '../../engine/plain/plain-sender.ts'
import { DEFAULT_RETRIES, DEFAULT_SEND_TIMEOUT_MS, senderRules, type PlainSendOptions } from '../../engine/plain/sender-options.ts'
import { systemRandom } from '../../engine/util/random.ts'
import { usageError } from '../args.ts'
import { defineCommand, type CommandContext } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { oneOf, parseSeconds, parseWhole } from '../plain-args.ts'
import { reportSender } from '../plain-report.ts'
import { stopSignal } from '../stop-signal.ts'

const NAME = 'plain send'

export const command = defineCommand(
  {
    name: NAME,
    summary: 'Sends the content of files as messages over plain TCP. Neither encrypted nor authenticated.',
    usage: 'PATH... --to HOST:PORT|--listen HOST:PORT --framing FRAMING',
    positionals: { min: 1, max: 100_000 },
    options: {
      to: { type: 'string', value: 'HOST:PORT', help: 'where the other program listens' },
      listen: { type: 'string', value: 'HOST:PORT', help: 'wait to be dialled instead; PORT alone is loopback' },
      framing: { type: 'string', value: 'FRAMING', help: FRAMINGS },
      ids: { type: 'boolean', help: 'each message begins with an 8-byte big-endian id, the same whenever it is sent again' },
      'await-ack': { type: 'boolean', help: 'wait for the id (or the number on the connection, from 1) in decimal, else send again' },
      answer: { type: 'string', value: 'FILE|-', help: 'wait for an answer to each message and keep all of them in FILE (-: standard output)' },
      retries: { type: 'string', value: 'N', help: `attempts in a row that may fail: at once, then with growing pauses (${DEFAULT_RETRIES})` },
      timeout: { type: 'string', value: 'S', help: 'gives a connection up when nothing moves (30)' },
      type: { type: 'string', value: 'HH', help: 'typed: the type byte (else the first of the map that carries the message)' },
    },
    notes: [
      'Under eof each file takes a connection of its own. Without --await-ack or --answer "sent" means that the network took it.',
      'What to type on the other side: nc -N -l 127.0.0.1 1060 > FILE for eof; s.recv in a loop for everything else.',
    ],
  },
  async (context, { positionals, values }) => {
    if (values.framing === undefined) throw usageError(`--framing is missing: one of ${FRAMINGS}`, NAME)
    if (values.to === undefined && values.listen === undefined) throw usageError('one of --to and --listen is missing', NAME)
    oneOf(values.to, values.listen, '--to and --listen', NAME)
    if (values.answer !== undefined && values['await-ack']) throw usageError('only one of --answer and --await-ack', NAME)
    if (values.answer === '-' && context.output.json) throw usageError('--answer - and --json both want standard output; give a FILE', NAME)
    const options: PlainSendOptions = {
      framing: values.framing,
      ids: values.ids ?? false,
      awaitAck: values['await-ack'] ?? false,
      retries: parseWhole(values.retries, 'retries', NAME, { min: 0, max: 1_000_000 }, DEFAULT_RETRIES),
      timeoutMs: parseSeconds(values.timeout, 'timeout', NAME, DEFAULT_SEND_TIMEOUT_MS),
      ...(values.type === undefined ? {} : { type: parseType(values.type) }),
    }
    senderRules(options)
    return await send(context, options, positionals, { to: values.to, listen: values.listen, answer: values.answer })
  },
)

interface Ends {
  readonly to: string | undefined
  readonly listen: string | undefined
  readonly answer: string | undefined
}

async function send(context: CommandContext, options: PlainSendOptions, paths: readonly string[], ends: Ends): Promise<number> {
  const { io, output } = context
  const answerPath = ends.answer === undefined || ends.answer === '-' ? undefined : resolve(io.cwd, ends.answer)
  if (answerPath !== undefined) await AnswerFile.requireFree(answerPath)
  const stopping = new AbortController()
  const stop = stopSignal(io, EXIT.interrupted)
  void stop.asked.then(() => stopping.abort(new HoldfastError('TRANSFER_CANCELLED', 'The send was interrupted.')))
  const startedMs = io.clock.monotonic()
  const sockets = await connections(context, ends)
  const answers = ends.answer === undefined ? undefined : await AnswerFile.create(answerPath === undefined ? tmpdir() : dirname(answerPath))
  try {
    const sender = new PlainSender(options, {
      clock: io.clock,
      random: systemRandom,
      nextSocket: sockets.next,
      report: (event) => reportSender(output, event),
      ...(answers ? { answers } : {}),
    })
    const messages = paths.map((path) => ({ ...fileOutgoing(resolve(io.cwd, path)), path }))
    const result = await sender.run(messages, stopping.signal)
    if (answers && result.files > 0) await keepAnswers(context, answers, answerPath)
    output.record('done', { ...result, seconds: (io.clock.monotonic() - startedMs) / 1000, resumedBytes: 0, resentBlocks: 0, duplicates: 0, skipped: 0 })
    return result.failed === 0 ? EXIT.ok : EXIT.incomplete
  } catch (error) {
    if (!stop.wasAsked) throw error
    return EXIT.interrupted
  } finally {
    await answers?.close()
    await sockets.close()
    stop.release()
  }
}

async function connections({ io, output }: CommandContext, { to, listen }: Ends): Promise<{ next: PlainSenderPorts['nextSocket']; close: () => Promise<void> }> {
  if (to !== undefined) {
    const address = parsePlainDial(to)
    return { next: (signal) => dialPlain(address, io.clock, signal), close: async () => undefined }
  }
  const acceptor = new Acceptor()
  const bound = await acceptor.listen(parsePlainListen(listen))
  output.record('listening', bound)
  output.say(`Waiting on ${showPlainAddress(bound)} to be asked. Neither encrypted nor authenticated.`)
  return { next: (signal) => acceptor.next(signal), close: () => acceptor.close() }
}

/** To standard output byte for byte: answers need not be text. */
async function keepAnswers({ output }: CommandContext, answers: AnswerFile, path: string | undefined): Promise<void> {
  if (path !== undefined) return await answers.moveTo(path)
  await output.flush()
  await answers.copyTo(process.stdout)
}

function parseType(text: string): number {
  if (!/^[0-9a-fA-F]{2}$/.test(text)) throw usageError('--type takes two hexadecimal digits', NAME)
  return Number.parseInt(text, 16)
}
