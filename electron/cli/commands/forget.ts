import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'forget',
    summary: 'Unpairs a device, named by its id or its name. Transfers with it are cancelled.',
    usage: 'DEVICE',
    positionals: { min: 1, max: 1 },
    options: {},
  },
  async (context, { positionals }) =>
    await withEngine(context, async (engine) => {
      const device = positionals[0] ?? ''
      await engine.call('device:forget', { device })
      context.output.say(`Forgot ${printable(device)}.`)
      return EXIT.ok
    }),
)
