import { resolve } from 'node:path'
import { answerRequest } from '../answer-request.ts'
import { parseChoice } from '../args.ts'
import { defineCommand, withEngine } from '../command.ts'

export const command = defineCommand(
  {
    name: 'accept',
    summary: 'Says yes to a request or a pairing of `holdfast requests`.',
    usage: 'ID',
    positionals: { min: 1, max: 1 },
    options: {
      always: { type: 'boolean', help: 'and from now on to everything this (paired) device sends' },
      dir: { type: 'string', value: 'DIR', help: 'where these files go' },
      answer: { type: 'string', value: 'replace|keep-both|skip', help: 'for a conflict (replace)' },
      'for-all': { type: 'boolean', help: 'the same for all further conflicts of this transfer' },
    },
  },
  async (context, { positionals, values }) => {
    const answer = values.answer === undefined ? undefined : parseChoice(values.answer, ['replace', 'keep-both', 'skip'], 'answer', 'accept')
    return await withEngine(context, (engine) =>
      answerRequest(context, engine, positionals[0] ?? '', {
        accept: true,
        ...(values.always ? { always: true } : {}),
        ...(values.dir === undefined ? {} : { folder: resolve(context.io.cwd, values.dir) }),
        ...(answer === undefined ? {} : { answer }),
        ...(values['for-all'] ? { forAll: true } : {}),
      }),
    )
  },
)
