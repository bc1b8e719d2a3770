import type { CommandArgs } from '../../shared/ipc/contract.ts'
import type { CommandContext, EngineCalls } from './command.ts'
import { EXIT } from './exit-code.ts'
import { findId, matchId } from './match-id.ts'

/** Finds what the id names, a pairing or a request, and says yes or no to it. Throws REQUEST_UNKNOWN. */
export async function answerRequest(
  context: CommandContext,
  engine: EngineCalls,
  typed: string,
  answer: { readonly accept: false; readonly forAll?: boolean } | ({ readonly accept: true } & Omit<CommandArgs<'request:accept'>, 'requestId'>),
): Promise<number> {
  const [requests, pairings] = await Promise.all([engine.call('request:list', {}), engine.call('pairing:list', {})])
  const open = pairings.filter((pairing) => pairing.state.kind === 'compare' || pairing.state.kind === 'confirmed-here')
  const requestIds = requests.map((request) => request.id)
  const pairingId = requestIds.includes(typed) ? undefined : findId(typed, open.map((pairing) => pairing.id))
  if (pairingId !== undefined) {
    await engine.call('pairing:answer', { pairingId, accept: answer.accept })
    context.output.say(answer.accept ? 'Confirmed here; it is done when the other side says yes too.' : 'Refused to pair.')
    return EXIT.ok
  }
  const requestId = matchId(typed, requestIds, 'REQUEST_UNKNOWN', 'request')
  if (answer.accept) {
    const { accept: _accept, ...options } = answer
    await engine.call('request:accept', { requestId, ...options })
  } else {
    await engine.call('request:refuse', { requestId, ...(answer.forAll ? { forAll: true } : {}) })
  }
  context.output.say(answer.accept ? 'Accepted.' : 'Refused.')
  return EXIT.ok
}
