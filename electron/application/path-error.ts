import { HoldfastError } from '../../shared/errors.ts'

function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** What went wrong with something the user wants to send or to choose, in the product's codes. `name` is shown, not a path. */
export function pathError(error: unknown, name: string): HoldfastError {
  if (error instanceof HoldfastError) return error
  const shown = JSON.stringify(name)
  switch (errnoOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new HoldfastError('PATH_NOT_FOUND', `${shown} is not there any more.`, { cause: error })
    case 'EACCES':
    case 'EPERM':
      return new HoldfastError('PATH_NO_PERMISSION', `${shown} may not be read by this user.`, { cause: error })
    case 'ENOSPC':
    case 'EDQUOT':
      return new HoldfastError('DISK_FULL', `There is no room on the disk for ${shown}.`, { cause: error })
    default: {
      const reason = error instanceof Error ? ` (${error.message})` : ''
      return new HoldfastError('FILE_UNREADABLE', `${shown} cannot be read${reason}.`, { cause: error })
    }
  }
}
