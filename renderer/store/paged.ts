import type { Page } from '../../shared/ipc/contract.ts'

/** A long list of which only the pages that are looked at are here. `key` names what is listed: another key, another list. */
export interface Paged<T> {
  readonly key: string
  /** Null until the first page has come. */
  readonly total: number | null
  readonly pages: Readonly<Record<number, readonly T[]>>
  /** Grows when the list has changed elsewhere, so that what is shown is read again. */
  readonly version: number
}

export const PAGE_SIZE = 100

export function emptyPaged<T>(key: string): Paged<T> {
  return { key, total: null, pages: {}, version: 0 }
}

export function itemAt<T>(list: Paged<T>, index: number): T | undefined {
  return list.pages[Math.floor(index / PAGE_SIZE)]?.[index % PAGE_SIZE]
}

/** Page numbers that cover the rows `first` to `last`, both included. */
export function pagesOf(first: number, last: number): readonly number[] {
  const pages: number[] = []
  for (let page = Math.floor(Math.max(0, first) / PAGE_SIZE); page * PAGE_SIZE <= last; page++) pages.push(page)
  return pages
}

/** Most pages kept; those farthest from the newest one go first, so that scrolling 100,000 rows does not keep them all. */
const MAX_PAGES = 12

export function withPage<T>(list: Paged<T>, page: number, reply: Page<T>): Paged<T> {
  const pages: Record<number, readonly T[]> = { ...list.pages, [page]: reply.items }
  const kept = Object.keys(pages).map(Number)
  if (kept.length > MAX_PAGES) {
    kept.sort((a, b) => Math.abs(a - page) - Math.abs(b - page))
    for (const far of kept.slice(MAX_PAGES)) delete pages[far]
  }
  return { ...list, total: reply.total, pages }
}

/** What is shown stays until its successor has come. */
export function outdated<T>(list: Paged<T>): Paged<T> {
  return { ...list, version: list.version + 1 }
}

/** Replaces one item wherever it is shown; the same list when it is not. */
export function withItem<T>(list: Paged<T>, isIt: (item: T) => boolean, item: T): Paged<T> {
  for (const [page, items] of Object.entries(list.pages)) {
    const at = items.findIndex(isIt)
    if (at >= 0) return { ...list, pages: { ...list.pages, [Number(page)]: items.with(at, item) } }
  }
  return list
}
