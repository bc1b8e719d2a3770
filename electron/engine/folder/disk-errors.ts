import { statSync } from 'node:fs'
import { HoldfastError } from '../../../shared/errors.ts'

export type DiskErrorCode = 'DISK_FULL' | 'DISK_ERROR' | 'FOLDER_MISSING' | 'FOLDER_READ_ONLY'

/** The error outcome that all jobs of the lanes share. */
export interface DiskProblem {
  readonly kind: 'error'
  readonly code: DiskErrorCode
  readonly message: string
}

const DISK_CODES: ReadonlySet<string> = new Set<DiskErrorCode>(['DISK_FULL', 'DISK_ERROR', 'FOLDER_MISSING', 'FOLDER_READ_ONLY'])

/** What went wrong below the receive folder `root`, and what to do about it. Looks whether the root itself is still there. */
export function diskProblem(error: unknown, root: string): DiskProblem {
  if (error instanceof HoldfastError && DISK_CODES.has(error.code)) return problem(error.code as DiskErrorCode, error.message)
  const errno = errnoOf(error)
  if (errno === undefined) throw error
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return problem('DISK_FULL', `The disk of ${root} is full. Make room; the transfer goes on by itself.`)
    case 'EROFS':
      return problem('FOLDER_READ_ONLY', `${root} is on a read-only volume. Mount it writable, or choose another receive folder.`)
    case 'EACCES':
    case 'EPERM':
      return folderThere(root)
        ? problem('FOLDER_READ_ONLY', `Writing below ${root} is not permitted (${errno}). Give yourself write permission, or choose another receive folder.`)
        : missing(root)
    case 'ENODEV':
    case 'ENXIO':
    case 'ESTALE':
      return missing(root)
    case 'EXDEV':
      return problem('DISK_ERROR', `A folder below ${root} is on another volume, so files can't be moved into it safely. Choose that volume as receive folder.`)
    case 'EFBIG':
      return problem('DISK_ERROR', `The volume of ${root} can't hold files as large as this. Choose a receive folder on another volume.`)
    case 'EIO':
      return problem('DISK_ERROR', `The disk of ${root} reports an input/output error. Check the disk and its connection.`)
    case 'ENOENT':
    case 'ENOTDIR':
      if (!folderThere(root)) return missing(root)
  }
  return problem('DISK_ERROR', `The disk operation below ${root} failed (${errno}).`)
}

/** The same as an exception, for jobs that have no outcome per file. */
export function diskFailure(error: unknown, root: string): HoldfastError {
  const { code, message } = diskProblem(error, root)
  return new HoldfastError(code, message, { cause: error, details: { folder: root } })
}

export function folderMissing(root: string): HoldfastError {
  return new HoldfastError('FOLDER_MISSING', missing(root).message, { details: { folder: root } })
}

/** `ENOENT` and the like; undefined for anything that no system call said. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

function missing(root: string): DiskProblem {
  return problem('FOLDER_MISSING', `The receive folder ${root} is not there any more. Connect its disk or put the folder back; the transfer goes on by itself.`)
}

function folderThere(root: string): boolean {
  return statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function problem(code: DiskErrorCode, message: string): DiskProblem {
  return { kind: 'error', code, message }
}
