import { parseListenAddress } from '../../engine/host/send-target.ts'
import { parseNumber, usageError } from '../args.ts'
import { defineCommand } from '../command.ts'
import { dryRun } from '../folder-dry-run.ts'
import { FolderRun } from '../folder-run.ts'

/** A year: longer is for ever. */
const MAX_GIVE_UP_SECONDS = 366 * 24 * 3600

export const command = defineCommand(
  {
    name: 'sync run',
    summary: 'Brings folders up to date, here and on the devices that can be reached, and ends.',
    usage: '[FOLDER...]',
    positionals: { min: 0, max: 100 },
    options: {
      'dry-run': { type: 'boolean', help: 'only say what would be done here' },
      yes: { type: 'boolean', help: 'do it also when it would delete or replace much' },
      'keep-mine': { type: 'boolean', help: 'instead: keep what is here, with what was taken away in the ten minutes before, and make that count everywhere' },
      listen: { type: 'string', value: 'HOST:PORT', help: 'let the other devices connect too, meanwhile' },
      'give-up-after': { type: 'string', value: 'SECONDS', help: 'end when nothing has moved for so long (else: 10 when no device can be reached)' },
    },
    notes: [
      'FOLDER is a name, an id or a path; without one, all that are not paused.',
      'Exit code 0: everything is the same on all devices that can be reached; 1: something is open, and it says what.\nHoldfast must be running there: the app, `holdfast receive`, or the same command with --listen.',
    ],
  },
  async (context, { positionals, values }) => {
    if (values.yes && values['keep-mine']) throw usageError('--yes and --keep-mine exclude each other', 'sync run')
    const given = values['give-up-after']
    const giveUpMs = given === undefined ? undefined : parseNumber(given, 'give-up-after', 'sync run', { min: 0, max: MAX_GIVE_UP_SECONDS }) * 1000
    const listen = values.listen === undefined ? undefined : parseListenAddress(values.listen)
    if (values['dry-run']) return await dryRun(context, { folders: positionals, listen, giveUpMs })
    const answer = values.yes ? 'apply' : values['keep-mine'] ? 'keep-mine' : undefined
    return await new FolderRun(context, { folders: positionals, answer, listen, giveUpMs }).run()
  },
)
