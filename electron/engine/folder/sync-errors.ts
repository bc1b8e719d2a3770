import { statSync } from 'node:fs'
import { HoldfastError, type ErrorCode, type ErrorData } from '../../../shared/errors.ts'
import { errnoOf } from './disk-errors.ts'
import { shownName } from './names.ts'

/** What went wrong with a file (or, without `path`, with the folder) below the shared folder `root`, and what to do about it. */
export function syncProblem(error: unknown, root: string, path?: string, doing: 'reading' | 'writing' = 'writing'): ErrorData {
  if (error instanceof HoldfastError) return error.toData()
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  const name = path === undefined ? root : shownName(path)
  const say = (code: ErrorCode, message: string): ErrorData => ({ code, message, details: { folder: root, ...(path === undefined ? {} : { path }) } })
  const missing = () => say('FOLDER_MISSING', `The shared folder ${root} is not there any more. Connect its disk or put the folder back; it goes on by itself.`)
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return say('DISK_FULL', `The disk of ${root} is full. Make room; it goes on by itself.`)
    case 'EROFS':
      return say('FOLDER_READ_ONLY', `${root} is on a read-only volume. Mount it writable; it goes on by itself.`)
    case 'EACCES':
    case 'EPERM':
      if (!isThere(root)) return missing()
      return doing === 'reading'
        ? say('FILE_UNREADABLE', `Reading ${name} is not permitted. Give yourself read permission, or ignore it.`)
        : say('FOLDER_READ_ONLY', `Changing ${name} is not permitted. Give yourself write permission to it and to its folder; it goes on by itself.`)
    case 'ENODEV':
    case 'ENXIO':
    case 'ESTALE':
      return missing()
    case 'EBUSY':
    case 'ETXTBSY':
      return say('FILE_CHANGING', `${name} is in use by another program. Close it there; it goes on by itself.`)
    case 'EXDEV':
      return say('DISK_ERROR', `${name} is on another volume than ${root}, so files can't be moved there safely. Share that folder by itself.`)
    case 'EFBIG':
      return say('DISK_ERROR', `The volume of ${root} can't hold files as large as ${name}.`)
    case 'EIO':
      return say('DISK_ERROR', `The disk of ${root} reports an input/output error. Check the disk and its connection.`)
    case 'ENAMETOOLONG':
      return say('FILE_NAME_REFUSED', `The name ${name} is too long for the volume of ${root}. Rename it where it comes from.`)
    case 'ENOENT':
    case 'ENOTDIR':
      if (!isThere(root)) return missing()
  }
  return say(doing === 'reading' ? 'FILE_UNREADABLE' : 'DISK_ERROR', `${doing === 'reading' ? 'Reading' : 'Changing'} ${name} failed (${errno}).`)
}

export function syncFailure(error: unknown, root: string): HoldfastError {
  return HoldfastError.from(syncProblem(error, root))
}

export function nameRefused(path: string, reason: string): ErrorData {
  return { code: 'FILE_NAME_REFUSED', message: `The name ${shownName(path)} ${reason}. Rename it, and it is kept in sync.`, details: { path } }
}

function isThere(root: string): boolean {
  return statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false
}
