import { answerRequest } from '../answer-request.ts'
import { defineCommand, withEngine } from '../command.ts'

export const command = defineCommand(
  {
    name: 'refuse',
    summary: 'Says no to a request or a pairing of `holdfast requests`. For a conflict: keeps what is here.',
    usage: 'ID',
    positionals: { min: 1, max: 1 },
    options: { 'for-all': { type: 'boolean', help: 'the same for all further conflicts of this transfer' } },
  },
  async (context, { positionals, values }) =>
    await withEngine(context, (engine) =>
      answerRequest(context, engine, positionals[0] ?? '', { accept: false, ...(values['for-all'] ? { forAll: true } : {}) }),
    ),
)
