import { HoldfastError } from '../shared/errors.ts'

/** `path` is slash-separated and begins with what is inside the folder; for a file, it is its name. */
export interface DroppedFile {
  readonly path: string
  readonly file: File
}

/** One thing dropped on the page, with all the files in it. */
export interface DroppedItem {
  readonly name: string
  readonly kind: 'file' | 'folder'
  readonly files: readonly DroppedFile[]
}

const MAX_DEPTH = 64
/** Asked for side by side: a browser answers each of them from another process. */
const FILES_AT_ONCE = 100

/** The browser's own words for these name no file and no reason. */
function unreadable(name: string): HoldfastError {
  return new HoldfastError('FILE_UNREADABLE', `${JSON.stringify(name)} cannot be read: it was moved or deleted, or is not yours to read.`)
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, () => reject(unreadable(entry.name))))
}

async function childrenOf(entry: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = entry.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    // A reader gives at most a hundred at a time, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, () => reject(unreadable(entry.name))))
    if (some.length === 0) return all
    all.push(...some)
  }
}

/** Gathers what is in an entry; what of it cannot be read is named, and the rest is taken. */
async function collect(entry: FileSystemEntry, prefix: string, depth: number, into: DroppedFile[], unread: HoldfastError[]): Promise<void> {
  if (depth > MAX_DEPTH) {
    unread.push(new HoldfastError('USAGE_INVALID', `${JSON.stringify(entry.name)} was left out: it is deeper than ${MAX_DEPTH} folders.`))
    return
  }
  try {
    if (entry.isFile) {
      into.push({ path: `${prefix}${entry.name}`, file: await fileOf(entry as FileSystemFileEntry) })
      return
    }
    const inside = depth === 0 ? '' : `${prefix}${entry.name}/`
    const children = await childrenOf(entry as FileSystemDirectoryEntry)
    for (let from = 0; from < children.length; from += FILES_AT_ONCE) {
      const some = children.slice(from, from + FILES_AT_ONCE)
      await Promise.all(some.filter((child) => child.isFile).map((child) => collect(child, inside, depth + 1, into, unread)))
      for (const child of some) if (!child.isFile) await collect(child, inside, depth + 1, into, unread)
    }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    unread.push(error)
  }
}

export interface Dropped {
  readonly items: readonly DroppedItem[]
  /** Of each thing that could not be read, why; it is left out. */
  readonly unreadable: readonly HoldfastError[]
}

/** What a drop on the page holds. Entries are taken before the first await: the browser empties the transfer after the event. */
export async function readDropped(data: DataTransfer): Promise<Dropped> {
  const entries = [...data.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null)).filter((entry) => entry !== null)
  const loose = [...data.files]
  const items: DroppedItem[] = []
  const unreadable: HoldfastError[] = []
  for (let from = 0; from < entries.length; from += FILES_AT_ONCE) {
    const some = entries.slice(from, from + FILES_AT_ONCE).map(async (entry): Promise<DroppedItem | undefined> => {
      const files: DroppedFile[] = []
      const unread: HoldfastError[] = []
      await collect(entry, '', 0, files, unread)
      unreadable.push(...unread)
      return files.length === 0 && unread.length > 0 ? undefined : { name: entry.name, kind: entry.isDirectory ? 'folder' : 'file', files }
    })
    for (const item of await Promise.all(some)) if (item) items.push(item)
  }
  // A pasted picture has a file but no entry.
  if (entries.length === 0) {
    for (const file of loose) items.push({ name: file.name, kind: 'file', files: [{ path: file.name, file }] })
  }
  return { items, unreadable }
}

/** Files of an input: those chosen as a folder carry a relative path, and become one folder again. */
export function groupFiles(files: readonly File[]): readonly DroppedItem[] {
  const items: DroppedItem[] = []
  const folders = new Map<string, DroppedFile[]>()
  for (const file of files) {
    const [folder, ...rest] = file.webkitRelativePath.split('/')
    if (!folder || rest.length === 0) {
      items.push({ name: file.name, kind: 'file', files: [{ path: file.name, file }] })
      continue
    }
    const inside = folders.get(folder) ?? []
    inside.push({ path: rest.join('/'), file })
    folders.set(folder, inside)
  }
  for (const [name, inside] of folders) items.push({ name, kind: 'folder', files: inside })
  return items
}
