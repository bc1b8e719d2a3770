import { resolve } from 'node:path'
import { HoldfastError, type ErrorData } from '../../../shared/errors.ts'
import type { EngineClient, EngineStatus, Events } from '../../../shared/ipc/contract.ts'
import type { OpenedEngine } from '../../engine/host/open-engine.ts'
import { parseListenAddress } from '../../engine/host/send-target.ts'
import { parseChoice } from '../args.ts'
import { defineCommand, type CommandContext, type EngineChoice } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { reportFolders } from '../folder-reporter.ts'
import { formatCount } from '../format.ts'
import { PairingPrompt } from '../pairing-prompt.ts'
import { printable } from '../printable.ts'
import { progressView } from '../progress-view.ts'
import { requestAnswers, requestText } from '../request-text.ts'
import { checkPlainPlaces, openPlainPlaces, parsePlainPlace, type PlainPlace } from '../receive-plain.ts'
import { stopSignal } from '../stop-signal.ts'
import { factsFor, TransferReporter } from '../transfer-reporter.ts'

export const command = defineCommand(
  {
    name: 'receive',
    summary: 'Receives files until it gets a signal, its normal end.',
    usage: '[--dir DIR]',
    positionals: { min: 0, max: 0 },
    options: {
      dir: { type: 'string', value: 'DIR', help: 'where files go (else the setting, else Holdfast in your downloads)' },
      listen: { type: 'string', value: 'HOST:PORT', help: 'where to listen; port 0 picks one (else the setting, else [::]:4680)' },
      accept: { type: 'string', value: 'paired|anyone', help: 'who may deliver without being asked about (paired)' },
      'on-conflict': { type: 'string', value: 'keep-both|replace|ask', help: 'when another file has the name (keep-both)' },
      plain: {
        type: 'string',
        multiple: true,
        value: 'HOST:PORT:FRAMING',
        help: 'and messages of programs that speak plain TCP, as `holdfast plain receive` does',
      },
    },
    notes: [
      'Devices that are not paired ask first: `holdfast requests` lists them, `holdfast accept ID` lets them.',
      'Shared folders (`holdfast sync list`) are kept in sync meanwhile.',
    ],
  },
  async (context, { values }) => {
    const options: EngineChoice = {
      discovery: context.discovery,
      continueTransfers: 'all',
      ...(values.listen === undefined ? {} : { listen: parseListenAddress(values.listen) }),
      ...(values.dir === undefined ? {} : { receiveFolder: resolve(context.io.cwd, values.dir) }),
      ...(values.accept === undefined ? {} : { accept: parseChoice(values.accept, ['paired', 'anyone'], 'accept', 'receive') }),
      ...(values['on-conflict'] === undefined
        ? {}
        : { onConflict: parseChoice(values['on-conflict'], ['keep-both', 'replace', 'ask'], 'on-conflict', 'receive') }),
    }
    const plain = (values.plain ?? []).map(parsePlainPlace)
    await checkPlainPlaces(plain)
    return await receive(context, options, plain)
  },
)

async function receive(context: CommandContext, options: EngineChoice, plain: readonly PlainPlace[]): Promise<number> {
  const { io, output } = context
  const stop = stopSignal(io, EXIT.ok)
  let engine: OpenedEngine | undefined
  let quiet: (() => void) | undefined
  let closePlain: (() => Promise<void>) | undefined
  try {
    engine = await context.openEngine('own', options)
    if (stop.wasAsked) return EXIT.ok
    quiet = report(context, engine)
    const { receiveFolder } = await announce(context, engine)
    closePlain = await openPlainPlaces(context, engine, plain, receiveFolder)
    const ended = await Promise.race([stop.asked.then(() => false), engine.closed.then(() => true)])
    if (ended) throw new HoldfastError('ENGINE_NOT_RUNNING', 'The engine has closed.')
    output.say('Ending. What is unfinished continues the next time.')
    return EXIT.ok
  } finally {
    await closePlain?.()
    quiet?.()
    await engine?.close()
    stop.release()
  }
}

/** Everything that happens from now on. */
function report(context: CommandContext, engine: EngineClient): () => void {
  const { io, output } = context
  const view = progressView(io, output)
  const reporter = new TransferReporter(output, view, io.clock)
  const prompt = new PairingPrompt(context, engine, { keepEarlyAnswers: false })
  const shown = new Set<string>()
  const showRequest = (request: Events['request:changed']) => {
    if (shown.has(request.id)) return
    shown.add(request.id)
    output.say(requestText(request))
    output.say(requestAnswers(request, context.homeHint))
  }
  const stops = [
    engine.on('transfer:changed', (transfer) => {
      if (transfer.direction === 'receive') reporter.changed(transfer)
    }),
    engine.on(factsFor(output), (files) => {
      if (files.direction === 'receive') reporter.files(files)
    }),
    engine.on('link:connected', ({ deviceId }) => reporter.connected(deviceId)),
    engine.on('link:retry', (retry) => reporter.retry(retry, [])),
    engine.on('request:changed', showRequest),
    engine.on('request:removed', ({ requestId }) => shown.delete(requestId)),
    engine.on('pairing:changed', (pairing) => prompt.show(pairing)),
    engine.on('engine:problem', (problem) => tellProblem(context, problem)),
    reportFolders(context, engine),
  ]
  void engine.call('request:list', {}).then((requests) => requests.forEach(showRequest), () => undefined)
  void engine.call('pairing:list', {}).then((pairings) => pairings.forEach((one) => prompt.show(one)), () => undefined)
  return () => {
    for (const stopListening of stops) stopListening()
    prompt.close()
    reporter.close()
  }
}

/** Where it listens, now and when that changes, and what needs the user. */
export async function announce(context: CommandContext, engine: EngineClient): Promise<EngineStatus> {
  const { output } = context
  let said = ''
  const listening = (event: Events['engine:listening'], status: Pick<EngineStatus, 'receiveFolder'>) => {
    const { host, port, deviceId, name } = event
    if (said === `${host} ${port}`) return
    said = `${host} ${port}`
    output.event('listening', { host, port, deviceId, name })
    output.say(`Receiving as ${printable(name)} on ${host.includes(':') ? `[${host}]` : host}:${port} into ${printable(status.receiveFolder)}`)
    output.say(`This device: ${deviceId}`)
  }
  const status = await engine.call('engine:status', {})
  engine.on('engine:listening', (event) => listening(event, status))
  if (status.listening) listening({ ...status.listening, deviceId: status.deviceId, name: status.name }, status)
  if (status.plain) {
    const { host, port } = status.plain.address
    output.say(`Receiving plain TCP on ${host.includes(':') ? `[${host}]` : host}:${port}, as the settings say: neither encrypted nor authenticated.`)
  }
  for (const problem of status.problems) tellProblem(context, problem)
  if (status.waitingTransfers > 0) output.say(`${formatCount(status.waitingTransfers, 'unfinished transfer')} will go on; see holdfast transfers.`)
  return status
}

function tellProblem({ output }: CommandContext, { code, message }: ErrorData): void {
  output.event('error', { code, message })
  output.say(printable(message))
}
