import { HoldfastError } from '../shared/errors.ts'

/** One thing dropped on the page, with all the files in it. */
export interface DroppedItem {
  readonly name: string
  readonly kind: 'file' | 'folder'
  /** `path` is slash-separated and begins with what is inside the folder; for a file, its name. */
  readonly files: readonly { readonly path: string; readonly file: File }[]
}

const MAX_DEPTH = 64

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

async function collect(entry: FileSystemEntry, prefix: string, depth: number, into: { path: string; file: File }[]): Promise<void> {
  if (depth > MAX_DEPTH) return
  if (entry.isFile) {
    into.push({ path: `${prefix}${entry.name}`, file: await fileOf(entry as FileSystemFileEntry) })
    return
  }
  for (const child of await childrenOf(entry as FileSystemDirectoryEntry)) {
    await collect(child, depth === 0 ? '' : `${prefix}${entry.name}/`, depth + 1, into)
  }
}

export interface Dropped {
  readonly items: readonly DroppedItem[]
  /** Why the first of those that are left out could not be read. */
  readonly unreadable?: HoldfastError
}

/** What a drop on the page holds. Entries are taken before the first await: the browser empties the transfer after the event. */
export async function readDropped(data: DataTransfer): Promise<Dropped> {
  const entries = [...data.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null))
  const loose = [...data.files]
  const items: DroppedItem[] = []
  let failure: HoldfastError | undefined
  for (const entry of entries) {
    if (!entry) continue
    const files: { path: string; file: File }[] = []
    try {
      await collect(entry, '', 0, files)
      items.push({ name: entry.name, kind: entry.isDirectory ? 'folder' : 'file', files })
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      failure ??= error
    }
  }
  // A pasted picture has a file but no entry.
  if (items.length === 0 && !failure) {
    for (const file of loose) items.push({ name: file.name, kind: 'file', files: [{ path: file.name, file }] })
  }
  return { items, ...(failure ? { unreadable: failure } : {}) }
}

/** Files of an input: those chosen as a folder carry a relative path, and become one folder again. */
export function groupFiles(files: readonly File[]): readonly DroppedItem[] {
  const items: DroppedItem[] = []
  const folders = new Map<string, { path: string; file: File }[]>()
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
