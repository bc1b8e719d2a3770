import type { Page } from '../../shared/ipc/contract.ts'

/** The most that an engine gives at once. */
const PAGE_ITEMS = 500

/** All items of a list that comes in pages, one page in memory at a time. */
export async function* allItems<T>(read: (args: { offset: number; limit: number }) => Promise<Page<T>>): AsyncGenerator<T> {
  for (let offset = 0; ; ) {
    const page = await read({ offset, limit: PAGE_ITEMS })
    yield* page.items
    offset += page.items.length
    if (page.items.length === 0 || offset >= page.total) return
  }
}
