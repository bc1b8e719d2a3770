import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { formatBytes } from '../format.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  { name: 'status', summary: 'Shows this device and what it does.', usage: '', positionals: { min: 0, max: 0 }, options: {} },
  async (context) =>
    await withEngine(context, async (engine) => {
      const { output } = context
      const status = await engine.call('engine:status', {})
      output.record('status', { ...status })
      const { listening, freeBytes } = status
      const lines: [string, string][] = [
        ['device', status.deviceId],
        ['name', printable(status.name)],
        ['version', status.version],
        ['home', printable(status.home)],
        ['listening', listening ? `${listening.host.includes(':') ? `[${listening.host}]` : listening.host}:${listening.port} (process ${status.pid})` : 'no'],
        ['folder', `${printable(status.receiveFolder)}${freeBytes === null ? '' : ` (${formatBytes(freeBytes)} free)`}`],
        ['transfers', `${status.activeTransfers} active, ${status.waitingTransfers} waiting`],
        ['requests', String(status.requests)],
        ...status.problems.map((problem): [string, string] => ['problem', printable(problem.message)]),
      ]
      for (const [name, value] of lines) output.result(`${name.padEnd(10)} ${value}`)
      return EXIT.ok
    }),
)
