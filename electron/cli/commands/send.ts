import { lstatSync } from 'node:fs'
import { resolve } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import type { SendTrust } from '../../../shared/ipc/contract.ts'
import { parseTarget, parseTrustedId } from '../../engine/host/send-target.ts'
import { parseNumber, usageError } from '../args.ts'
import { defineCommand } from '../command.ts'
import { SendRun } from '../send-run.ts'

/** A year: longer is for ever. */
const MAX_GIVE_UP_SECONDS = 366 * 24 * 3600

export const command = defineCommand(
  {
    name: 'send',
    summary: 'Sends files and folders, each arriving under its own name. Ends when everything is confirmed.',
    usage: 'PATH... --to HOST:PORT|DEVICE',
    positionals: { min: 1, max: 10_000 },
    options: {
      to: { type: 'string', multiple: true, value: 'HOST:PORT|DEVICE', help: 'an address, a device id, or the name of a paired device; several are fine' },
      trust: { type: 'string', value: 'DEVICEID', help: 'the device that must answer, when it is not paired' },
      'trust-first-use': { type: 'boolean', help: 'trust whoever answers there the first time, and only them later' },
      'give-up-after': { type: 'string', value: 'SECONDS', help: 'end when nothing was confirmed for so long (else: never)' },
    },
    notes: [
      'The same send again continues an unfinished one.',
      'Ctrl-C pauses and ends (exit code 130); twice ends at once. Nothing that was confirmed is lost.',
    ],
  },
  async (context, { positionals, values }) => {
    const typed = values.to ?? []
    if (typed.length === 0) throw usageError('--to HOST:PORT or --to DEVICE is missing', 'send')
    if (values.trust !== undefined && values['trust-first-use']) throw usageError('--trust and --trust-first-use exclude each other', 'send')
    const targets = typed.map(parseTarget)
    const trust: SendTrust | undefined =
      values.trust !== undefined
        ? { kind: 'device-id', deviceId: parseTrustedId(values.trust) }
        : values['trust-first-use']
          ? { kind: 'first-use' }
          : undefined
    const given = values['give-up-after']
    const giveUpMs =
      given === undefined ? undefined : parseNumber(given, 'give-up-after', 'send', { min: 0, max: MAX_GIVE_UP_SECONDS }) * 1000
    const paths = positionals.map((path) => resolve(context.io.cwd, path))
    for (const path of paths) checkExists(path)
    context.scanAhead(paths)
    return await new SendRun(context, { paths, targets, trust, giveUpMs }).run()
  },
)

/** Before an engine is started for it. */
function checkExists(path: string): void {
  try {
    lstatSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES' || code === 'EPERM') {
      throw new HoldfastError('PATH_NO_PERMISSION', `${path} cannot be read: no permission.`, { cause: error, details: { path } })
    }
    throw new HoldfastError('PATH_NOT_FOUND', `There is no ${path}.`, { cause: error, details: { path } })
  }
}
