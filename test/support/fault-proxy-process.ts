import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { FaultProxy, type ProxyAddress } from './fault-proxy.ts'
import { parseFaultSpec } from './fault-spec.ts'

export function parseAddress(text: string): ProxyAddress {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port) || port < 0 || port > 65535) throw new Error(`${text} is not HOST:PORT`)
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port }
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

function obey(proxy: FaultProxy, line: string): void {
  const [command, argument] = line.trim().split(/\s+/)
  switch (command) {
    case 'fault':
      return proxy.setFault(parseFaultSpec(argument ?? 'none'))
    case 'target':
      return proxy.setTarget(parseAddress(argument ?? ''))
    case 'cut':
      return proxy.cutAll(argument === 'fin' ? 'fin' : 'rst')
    case 'pause':
      return proxy.pause()
    case 'resume':
      return proxy.resume()
    case 'refuse':
      return proxy.refuseFor(Number(argument))
    case 'stats':
      return
    default:
      throw new Error(`unknown command ${line}`)
  }
}

/**
 * The proxy as a process of its own: `--to HOST:PORT [--listen HOST:PORT] [--seed N] [--fault SPEC]`. Prints
 * `{"event":"listening","host":…,"port":…}`, then obeys a line of stdin at a time (`fault SPEC`, `target HOST:PORT`,
 * `cut [fin]`, `pause`, `resume`, `refuse MS`, `stats`), answering each with its counters. Ends when stdin does.
 */
export async function runFaultProxy(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      listen: { type: 'string', default: '127.0.0.1:0' },
      to: { type: 'string' },
      seed: { type: 'string', default: '1' },
      fault: { type: 'string', default: 'none' },
    },
  })
  if (!values.to) throw new Error('--to HOST:PORT is missing')
  const proxy = await FaultProxy.listen({
    listen: parseAddress(values.listen),
    to: parseAddress(values.to),
    seed: Number(values.seed),
    fault: parseFaultSpec(values.fault),
  })
  say({ event: 'listening', host: proxy.host, port: proxy.port })
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue
    try {
      obey(proxy, line)
      say({ event: 'ok', ...proxy.counters })
    } catch (error) {
      say({ event: 'error', message: (error as Error).message })
    }
  }
  proxy.close()
}
