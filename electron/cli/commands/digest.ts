import { resolve } from 'node:path'
import type { ErrorCode } from '../../../shared/errors.ts'
import { BLOCK_BYTES } from '../../engine/protocol/limits.ts'
import { defineCommand, type CommandContext } from '../command.ts'
import { digestFile } from '../digest-file.ts'
import { EXIT } from '../exit-code.ts'
import { filesBelow, type TreeItem } from '../file-tree.ts'
import { printable } from '../printable.ts'

export const command = defineCommand(
  {
    name: 'digest',
    summary: 'Prints the digests of files as Holdfast reports them; of folders, of all files in them.',
    usage: 'PATH...',
    positionals: { min: 1, max: 10_000 },
    options: {},
    notes: ['A file of one block (1 MiB) has its BLAKE3; a longer one BLAKE3("holdfast file 1", size, digests of its blocks).'],
  },
  async (context, { positionals }) => {
    const buffer = Buffer.allocUnsafe(BLOCK_BYTES)
    let complete = true
    for (const path of positionals) if (!(await digestTree(context, path, buffer))) complete = false
    return complete ? EXIT.ok : EXIT.incomplete
  },
)

function readFailure(error: unknown): { code: ErrorCode; message: string } {
  const errno = (error as NodeJS.ErrnoException).code ?? String(error)
  if (errno === 'ENOENT' || errno === 'ENOTDIR') return { code: 'PATH_NOT_FOUND', message: 'There is nothing of this name.' }
  if (errno === 'EACCES' || errno === 'EPERM') return { code: 'PATH_NO_PERMISSION', message: 'You have no permission to read it.' }
  return { code: 'FILE_UNREADABLE', message: `It could not be read (${errno}).` }
}

/** Whether everything could be read. Names stay as typed. */
async function digestTree(context: CommandContext, typed: string, buffer: Buffer): Promise<boolean> {
  const { output, io } = context
  const absolute = resolve(io.cwd, typed)
  const asTyped = (path: string) => (path === absolute ? typed : `${typed.replace(/[/\\]+$/, '')}${path.slice(absolute.length)}`)
  let complete = true
  const fail = (path: string, error: unknown) => {
    const { code, message } = readFailure(error)
    output.event('failed', { path, code, message })
    output.say(`${printable(path)}: ${message}`)
    complete = false
  }
  const take = async (item: TreeItem) => {
    const path = asTyped(item.path)
    if (item.kind === 'skipped') {
      output.event('skipped', { path, reason: item.reason })
      output.say(`Skipped ${printable(path)}: ${printable(item.reason)}`)
      return
    }
    if (item.kind === 'failed') return fail(path, item.error)
    try {
      const { bytes, digest } = await digestFile(item.path, buffer)
      output.record('digest', { path, bytes, digest })
      output.result(`${digest}  ${printable(path)}`)
    } catch (error) {
      fail(path, error)
    }
  }
  try {
    for await (const item of filesBelow(absolute)) await take(item)
  } catch (error) {
    fail(typed, error)
  }
  return complete
}
