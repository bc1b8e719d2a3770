import { defineCommand, withEngine } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { pairingText, requestText } from '../request-text.ts'

export const command = defineCommand(
  {
    name: 'requests',
    summary: 'Lists what waits for an answer: offers, conflicts and pairings.',
    usage: '',
    positionals: { min: 0, max: 0 },
    options: {},
    notes: ['`holdfast accept ID` says yes, `holdfast refuse ID` says no.'],
  },
  async (context) =>
    await withEngine(context, async (engine) => {
      const { output } = context
      const [requests, pairings] = await Promise.all([engine.call('request:list', {}), engine.call('pairing:list', {})])
      const open = pairings.filter((pairing) => pairing.state.kind === 'compare')
      for (const pairing of open) {
        const { id, deviceId, deviceName, role, state } = pairing
        const code = 'code' in state ? state.code : ''
        output.event('pairing', { code, deviceId, deviceName, role, pairingId: id })
        output.result(`${id}  ${pairingText(pairing)}`)
      }
      for (const request of requests) {
        output.record('request', { requestId: request.id, ...request })
        output.result(`${request.id}  ${requestText(request)}`)
      }
      if (open.length + requests.length === 0) output.say('Nothing waits for an answer.')
      return EXIT.ok
    }),
)
