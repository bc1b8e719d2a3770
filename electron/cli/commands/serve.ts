import { resolve } from 'node:path'
import { HoldfastError, toErrorData } from '../../../shared/errors.ts'
import type { Address } from '../../../shared/model/device.ts'
import { isLoopback } from '../../engine/host/loopback.ts'
import type { OpenedEngine } from '../../engine/host/open-engine.ts'
import { parseListenAddress } from '../../engine/host/send-target.ts'
import { parseChoice, usageError } from '../args.ts'
import { defineCommand, type CommandContext, type EngineChoice } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { reportFolders } from '../folder-reporter.ts'
import type { OpenedPage } from '../page-port.ts'
import { stopSignal } from '../stop-signal.ts'
import { announce } from './receive.ts'

const DEFAULT_PAGE: Address = { host: '127.0.0.1', port: 4690 }

interface ServeChoice {
  readonly engine: EngineChoice
  readonly page: Address
  /** The user named the port: another will not do. */
  readonly pageGiven: boolean
  readonly engineGiven: boolean
}

export const command = defineCommand(
  {
    name: 'serve',
    summary: 'Receives, and serves the page of the app for a browser on this machine, until it gets a signal.',
    usage: '[--page HOST:PORT]',
    positionals: { min: 0, max: 0 },
    options: {
      page: { type: 'string', value: 'HOST:PORT', help: 'where the page is; port 0 picks one (127.0.0.1:4690)' },
      'page-for-network': { type: 'boolean', help: 'lets --page be an address that other machines reach, without encryption' },
      dir: { type: 'string', value: 'DIR', help: 'where files go (else the setting, else Holdfast in your downloads)' },
      listen: { type: 'string', value: 'HOST:PORT', help: 'where to receive; port 0 picks one (else the setting, else [::]:4680)' },
      accept: { type: 'string', value: 'paired|anyone', help: 'who may deliver without being asked about (paired)' },
      'on-conflict': { type: 'string', value: 'keep-both|replace|ask', help: 'when another file has the name (keep-both)' },
    },
    notes: [
      'The address it prints lets one browser in, once; then it prints another for the next. Keep it to yourself: whoever opens\nit can do what you can do here. A browser stays in until it is closed, a day after its last page, or until serve ends.',
      'From another machine: ssh -L 4690:127.0.0.1:4690 THERE, and open the address here.',
      'While Holdfast runs already on the same home, its page is served, and the options of receiving are its own.',
    ],
  },
  async (context, { values }) => {
    const page = values.page === undefined ? DEFAULT_PAGE : parseListenAddress(values.page)
    if (!isLoopback(page.host) && values['page-for-network'] !== true) {
      throw usageError(`${page.host} is reached from other machines: everybody on the way could read along. Use an SSH tunnel, or say --page-for-network`, 'serve')
    }
    const given = {
      ...(values.listen === undefined ? {} : { listen: parseListenAddress(values.listen) }),
      ...(values.dir === undefined ? {} : { receiveFolder: resolve(context.io.cwd, values.dir) }),
      ...(values.accept === undefined ? {} : { accept: parseChoice(values.accept, ['paired', 'anyone'], 'accept', 'serve') }),
      ...(values['on-conflict'] === undefined
        ? {}
        : { onConflict: parseChoice(values['on-conflict'], ['keep-both', 'replace', 'ask'], 'on-conflict', 'serve') }),
    } as const
    return await serve(context, {
      engine: { discovery: context.discovery, continueTransfers: 'all', ...given },
      page,
      pageGiven: values.page !== undefined,
      engineGiven: Object.keys(given).length > 0,
    })
  },
)

async function serve(context: CommandContext, choice: ServeChoice): Promise<number> {
  const { io, output } = context
  const stop = stopSignal(io, EXIT.ok)
  let engine: OpenedEngine | undefined
  let page: OpenedPage | undefined
  let quiet: (() => void) | undefined
  try {
    engine = await context.openEngine('own-or-client', choice.engine)
    if (!engine.own && !(await engine.call('engine:status', {})).listening) {
      // A send, or the like: its end would be the page's. Soon over, or an error that says what to do.
      await engine.close()
      engine = await context.openEngine('own', choice.engine)
    }
    if (stop.wasAsked) return EXIT.ok
    const closed = engine.closed.then(() => true, () => true)
    if (engine.own) {
      quiet = reportFolders(context, engine)
      await announce(context, engine)
    } else output.say(`Holdfast runs already on this home: this is its page.${choice.engineGiven ? ' What you said about receiving has no effect.' : ''}`)
    page = await openPage(context, engine, choice)
    if (!isLoopback(choice.page.host)) {
      output.say('Other machines reach this page, and nothing on the way is encrypted: whoever reads along can take it over.')
    }
    sayAddress(context, page.url, 'Open this in a browser')
    const ended = await Promise.race([stop.asked.then(() => false), closed])
    if (ended) throw new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast was closed, and the page with it.')
    output.say('Ending. What is unfinished continues the next time.')
    return EXIT.ok
  } finally {
    quiet?.()
    await page?.close()
    await engine?.close()
    stop.release()
  }
}

async function openPage(context: CommandContext, engine: OpenedEngine, choice: ServeChoice): Promise<OpenedPage> {
  const status = await engine.call('engine:status', {})
  const open = (listen: Address) =>
    context.openPage({
      engine,
      status,
      listen,
      addressChanged: (url) => sayAddress(context, url, 'That address is used up. For another browser'),
    })
  try {
    return await open(choice.page)
  } catch (error) {
    if (choice.pageGiven || toErrorData(error).code !== 'PORT_IN_USE') throw error
    return await open({ ...choice.page, port: 0 })
  }
}

function sayAddress({ output }: CommandContext, url: string, text: string): void {
  output.event('page', { url })
  output.say(output.json ? `${text}: ${url}` : `${text}:`)
  output.result(url)
}
