import type { Page as PageReply } from '../../../shared/ipc/contract.ts'
import type { TransferFile, TransferId } from '../../../shared/model/transfer.ts'
import type { TransferStore } from '../journal/ports.ts'
import { ENTRY, fileStateOf, isSettled } from './entry-state.ts'
import type { Ledger } from './ledger.ts'
import { Page } from './page.ts'

type Only = 'failed' | 'skipped' | 'unfinished'

/**
 * One page of a transfer's file list. Pages of the journal before `offset` are not decoded, only counted, so the cost does
 * not depend on how far down the list is. `books`: those of a running transfer, which know more than the journal.
 */
export function listFiles(
  store: TransferStore,
  id: TransferId,
  books: Ledger | undefined,
  offset: number,
  limit: number,
  only?: Only,
): PageReply<TransferFile> {
  const items: TransferFile[] = []
  let seen = 0
  for (const [number, states] of pageStates(store, id, books)) {
    const positions: number[] = []
    states.forEach((state, position) => {
      if (matches(state, only)) positions.push(position)
    })
    if (seen + positions.length > offset && items.length < limit) {
      const row = store.page(id, number)
      const page = books?.pages.open.get(number) ?? (row && Page.fromRow(row))
      const from = Math.max(0, offset - seen)
      for (const position of positions.slice(from, from + limit - items.length)) if (page) items.push(fileRow(page, position, books))
    }
    seen += positions.length
  }
  return { total: seen, offset, items }
}

function* pageStates(store: TransferStore, id: TransferId, books: Ledger | undefined): Generator<[number, Uint8Array]> {
  const count = store.pageCount(id)
  for (let number = 0; number < count; number += 1) {
    const open = books?.pages.open.get(number)
    if (open) yield [number, open.states]
    else {
      const row = store.page(id, number)
      if (row) yield [number, row.states]
    }
  }
}

function matches(state: number, only: Only | undefined): boolean {
  switch (only) {
    case 'failed':
      return state === ENTRY.failed
    case 'skipped':
      return state === ENTRY.skipped || state === ENTRY.identical
    case 'unfinished':
      return !isSettled(state)
    case undefined:
      return true
  }
}

function fileRow(page: Page, position: number, books: Ledger | undefined): TransferFile {
  const index = page.fileNumber(position)
  const entry = page.entries[position]
  const none = { resentBlocks: 0, duplicates: 0, retries: 0 }
  if (!entry) {
    const skipped = page.skipped[position - page.entries.length]
    return { index, kind: 'file', path: skipped?.path ?? '', size: 0, bytes: 0, state: skipped?.code ? 'failed' : 'skipped', reason: skipped?.reason ?? '', ...none }
  }
  const state = page.state(position)
  const detail = page.details.get(position)
  const underWay = books?.underWay(index) ?? 0
  const confirmed = fileStateOf(state, underWay > 0) === 'delivered'
  const reason = state === ENTRY.identical ? 'identical' : detail?.reason
  return {
    index,
    kind: entry.kind,
    path: entry.path,
    ...(detail?.finalPath === undefined ? {} : { finalPath: detail.finalPath }),
    size: entry.size,
    bytes: confirmed ? entry.size : underWay,
    state: fileStateOf(state, underWay > 0),
    ...(reason === undefined ? {} : { reason }),
    ...(confirmed && entry.kind === 'file' ? { digest: page.digest(position).toString('hex') } : {}),
    resentBlocks: detail?.resentBlocks ?? 0,
    duplicates: detail?.duplicates ?? 0,
    retries: detail?.retries ?? 0,
  }
}
