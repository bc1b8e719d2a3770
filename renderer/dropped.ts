/** One thing dropped on the page, with all the files in it. */
export interface DroppedItem {
  readonly name: string
  readonly kind: 'file' | 'folder'
  /** `path` is slash-separated and begins with what is inside the folder; for a file, its name. */
  readonly files: readonly { readonly path: string; readonly file: File }[]
}

const MAX_DEPTH = 64

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

async function childrenOf(entry: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = entry.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    // A reader gives at most a hundred at a time, and an empty list at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
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

/** What a drop on the page holds. Entries are taken before the first await: the browser empties the transfer after the event. */
export async function readDropped(data: DataTransfer): Promise<readonly DroppedItem[]> {
  const entries = [...data.items].map((item) => (item.kind === 'file' ? item.webkitGetAsEntry() : null))
  const loose = [...data.files]
  const items: DroppedItem[] = []
  for (const entry of entries) {
    if (!entry) continue
    const files: { path: string; file: File }[] = []
    await collect(entry, '', 0, files)
    items.push({ name: entry.name, kind: entry.isDirectory ? 'folder' : 'file', files })
  }
  // A pasted picture has a file but no entry.
  if (items.length === 0) {
    for (const file of loose) items.push({ name: file.name, kind: 'file', files: [{ path: file.name, file }] })
  }
  return items
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
