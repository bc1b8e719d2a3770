import { resolve } from 'node:path'
import { parseChoice, usageError } from '../args.ts'
import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { recordFolder } from '../folder-record.ts'
import { folderLine } from '../folder-text.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'sync add',
    summary: 'Shares a folder of this device with paired devices, and keeps it the same on all of them.',
    usage: 'DIR --with DEVICE',
    positionals: { min: 1, max: 1 },
    options: {
      with: { type: 'string', multiple: true, value: 'DEVICE', help: 'a paired device, by name or id; several are fine' },
      mode: {
        type: 'string',
        value: 'two-way|send-only|receive-only',
        help: 'what this device does: send-only changes nothing here, receive-only tells of no changes here (two-way)',
      },
      name: { type: 'string', value: 'NAME', help: 'what it is called on all devices (the name of the folder)' },
    },
    notes: [
      'The other devices are offered it: `holdfast sync accept` there takes it. It is kept in sync while Holdfast runs:\nthe app, `holdfast receive` or `holdfast serve`; or by `holdfast sync run`, which ends when all is the same.',
    ],
  },
  async (context, { positionals, values }) => {
    const devices = values.with ?? []
    if (devices.length === 0) throw usageError('--with DEVICE is missing', 'sync add')
    const mode = values.mode === undefined ? 'two-way' : parseChoice(values.mode, ['two-way', 'send-only', 'receive-only'], 'mode', 'sync add')
    const path = resolve(context.io.cwd, positionals[0] ?? '')
    return await withEngine(context, async (engine) => {
      const folder = await engine.call('sync:add', { path, devices, mode, ...(values.name === undefined ? {} : { name: values.name }) })
      recordFolder(context.output, folder)
      context.output.result(folderLine(folder))
      const names = folder.devices.map((device) => printable(device.deviceName)).join(', ')
      context.output.say(`Offered to ${names}. There: holdfast sync accept ${folder.id.slice(0, 8)} --dir DIR`)
      return EXIT.ok
    })
  },
)
