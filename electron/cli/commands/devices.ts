import type { Device } from '../../../shared/model/device.ts'
import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { formatTime } from '../format.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  { name: 'devices', summary: 'Lists known devices.', usage: '', positionals: { min: 0, max: 0 }, options: {} },
  async (context) =>
    await withEngine(context, async (engine) => {
      const { output } = context
      const devices = await engine.call('device:list', {})
      for (const device of devices) {
        output.record('device', { deviceId: device.id, ...device })
        output.result(deviceText(device))
      }
      if (devices.length === 0) output.say('No devices yet: holdfast pair HOST:PORT')
      return EXIT.ok
    }),
)

function deviceText(device: Device): string {
  const facts = [
    device.trust,
    device.link.kind === 'connected' ? 'connected' : device.nearby ? 'nearby' : '',
    device.lastSeenMs === undefined ? '' : `seen ${formatTime(device.lastSeenMs)}`,
    device.keyAlarm ? 'ALARM: somebody else answers in its place' : '',
  ]
  return `${device.id}  ${printable(device.name)}  ${facts.filter((fact) => fact !== '').join(', ')}`
}
