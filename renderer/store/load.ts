import type { AppArgs } from '../../shared/ipc/app-contract.ts'
import type { Page } from '../../shared/ipc/contract.ts'
import type { Transfer, TransferFile } from '../../shared/model/transfer.ts'
import type { App } from './app.ts'
import { emptyPaged, PAGE_SIZE, withPage, type Paged } from './paged.ts'
import type { FileFilter, State } from './state.ts'

type ListName = 'history' | 'received' | 'files'

/** Pages being read, so that a row that is drawn sixty times a second asks once. */
const reading = new Set<string>()

async function readPage<T>(app: App, list: ListName, key: string, page: number, read: () => Promise<Page<T>>): Promise<void> {
  const mark = `${list} ${key} ${page}`
  if (reading.has(mark)) return
  reading.add(mark)
  try {
    const reply = await read()
    app.store.setState((state) => {
      const before = state[list] as unknown as Paged<T>
      if (before.key !== key) return {}
      return { [list]: withPage(before, page, reply) } as Partial<State>
    })
  } catch {
    // The connection's state, or the next event, brings it again; the rows stay as they were.
  } finally {
    reading.delete(mark)
  }
}

const rangeOf = (page: number): { offset: number; limit: number } => ({ offset: page * PAGE_SIZE, limit: PAGE_SIZE })

export function loadHistory(app: App, pages: readonly number[]): void {
  for (const page of pages) {
    void readPage<Transfer>(app, 'history', 'history', page, () => app.bridge.call('transfer:list', { ...rangeOf(page), ended: true }))
  }
}

/** Reads these pages of the received files; for another search the old rows stay in sight until the first new page has come. */
export function loadReceived(app: App, search: string, pages: readonly number[]): void {
  const read = (page: number) => app.bridge.call('received:list', { ...rangeOf(page), ...(search ? { search } : {}) })
  if (app.store.getState().received.key === search) {
    for (const page of pages) void readPage(app, 'received', search, page, () => read(page))
    return
  }
  void read(0)
    .then((reply) =>
      app.store.setState((state) => (state.search === search ? { received: withPage(emptyPaged(search), 0, reply) } : {})),
    )
    .catch(() => {})
}

export const filesKey = (transferId: string, filter: FileFilter): string => `${transferId} ${filter}`

/** Makes the list of files that of this transfer and filter, and reads these pages of it. */
export function loadFiles(app: App, transferId: string, filter: FileFilter, pages: readonly number[]): void {
  const key = filesKey(transferId, filter)
  if (app.store.getState().files.key !== key) app.store.setState({ files: emptyPaged(key) })
  for (const page of pages) {
    const args: AppArgs<'transfer:files'> = { ...rangeOf(page), transferId, ...(filter === 'all' ? {} : { only: filter }) }
    void readPage<TransferFile>(app, 'files', key, page, () => app.bridge.call('transfer:files', args))
  }
}

