import { HoldfastError } from '../../../shared/errors.ts'
import type { Pairing } from '../../../shared/model/device.ts'
import { formatTarget, parseTarget } from '../../engine/host/send-target.ts'
import { ASIDE, defineCommand, type CommandContext } from '../command.ts'
import { EXIT } from '../exit-code.ts'
import { PairingPrompt } from '../pairing-prompt.ts'
import { stopSignal } from '../stop-signal.ts'

export const command = defineCommand(
  {
    name: 'pair',
    summary: 'Pairs with a device: both show six digits, and both users say whether they are the same.',
    usage: 'HOST:PORT|DEVICE',
    positionals: { min: 1, max: 1 },
    options: {},
    notes: ['With --json: an event `pairing {code, ...}`, answered by a line `yes` or `no` on standard input.'],
  },
  async (context, { positionals }) => await pair(context, positionals[0] ?? ''),
)

async function pair(context: CommandContext, typed: string): Promise<number> {
  const { io, output } = context
  const target = parseTarget(typed)
  const stop = stopSignal(io, EXIT.interrupted)
  const engine = await context.openEngine('own-or-client', { ...ASIDE, discovery: context.discovery })
  const prompt = new PairingPrompt(context, engine, { keepEarlyAnswers: true })
  try {
    output.say(`Connecting to ${formatTarget(target)}`)
    let ours: string | undefined
    const early = new Map<string, Pairing>()
    let settle: (pairing: Pairing) => void = () => undefined
    const settled = new Promise<Pairing>((resolve) => {
      settle = resolve
    })
    const see = (pairing: Pairing) => {
      prompt.show(pairing)
      if (pairing.state.kind === 'paired' || pairing.state.kind === 'failed') settle(pairing)
    }
    engine.on('pairing:changed', (pairing) => {
      if (pairing.id === ours) see(pairing)
      // Another pairing, or ours before we know its id: only the latest state of it matters then.
      else if (ours === undefined) early.set(pairing.id, pairing)
    })
    const starting = engine.call('pairing:start', { target }).then((pairing) => {
      ours = pairing.id
      see(early.get(pairing.id) ?? pairing)
      early.clear()
      return settled
    })
    const ended = await Promise.race([starting, stop.asked, engine.closed])
    if (!ended) {
      if (!stop.wasAsked) throw new HoldfastError('ENGINE_NOT_RUNNING', 'Holdfast was closed while pairing. Pair again.')
      if (ours !== undefined) await engine.call('pairing:answer', { pairingId: ours, accept: false }).catch(() => undefined)
      return EXIT.interrupted
    }
    if (ended.state.kind === 'failed') throw HoldfastError.from(ended.state.error)
    return EXIT.ok
  } finally {
    prompt.close()
    await engine.close()
    stop.release()
  }
}
