import { nameSources } from '../folder/source-names.ts'
import { MAX_OPEN_PAGES } from '../protocol/limits.ts'
import type { TransferDeps } from './deps.ts'
import { ManifestBuilder } from './manifest-builder.ts'
import type { PageEntry } from './page.ts'
import type { Registry } from './registry.ts'
import { Rescan } from './rescan.ts'
import type { SendTransfer } from './send-transfer.ts'

/** Looks at all sources of a new send, and writes down what there is: its manifest. */
export async function scanFirst(deps: TransferDeps, registry: Registry, actor: SendTransfer, signal: AbortSignal): Promise<void> {
  const { journal } = deps
  const { record } = actor
  // What is looked at now is read soon.
  deps.lanes.warm('read')
  const { pages } = actor.books
  const { startedAtMs, batches } = deps.scans.begin(record.row.sources, signal)
  actor.scannedAtMs = startedAtMs
  const builder = new ManifestBuilder((entries, skipped) => {
    const page = pages.add(entries, skipped)
    if (page.number < MAX_OPEN_PAGES) pages.makeReady(page)
    registry.fileEvents(record, skipped.map(({ path, reason, code }) =>
      code ? { kind: 'failed' as const, path, code, message: reason } : { kind: 'skipped' as const, path, reason },
    ))
  })
  const publish = () => {
    const { files, entries, bytes } = builder.totals
    record.patch({ totalFiles: files, totalEntries: entries, totalBytes: bytes })
  }
  // Not flushed: a scan whose end is not recorded is done again.
  for await (const batch of batches) {
    journal.quickTransaction(() => batch.forEach((item) => builder.push(item)))
    publish()
  }
  journal.transaction(() => {
    builder.flush()
    publish()
    const { skipped, failed } = builder.totals
    record.count({ skipped, failed, unsendable: failed })
    record.settle(failed, 0)
    if (record.state.kind === 'scanning') record.setState({ kind: 'queued' })
    record.save()
  })
}

/** The same send again: what is confirmed stays so, the rest is looked at anew. */
export async function scanAgain(deps: TransferDeps, actor: SendTransfer, signal: AbortSignal): Promise<void> {
  const { journal } = deps
  const { record, books } = actor
  const builder = new ManifestBuilder((entries) => books.pages.add(entries))
  const before = record.row
  const append = (entry: PageEntry) => builder.add(entry)
  const rescan = new Rescan(books, nameSources(before.sources).map((source) => source.name), append)
  for await (const batch of deps.scans.begin(before.sources, signal).batches) {
    journal.transaction(() => batch.forEach((item) => item.kind === 'entry' && rescan.push(item)))
  }
  journal.transaction(() => {
    rescan.end()
    builder.flush()
    const { files, entries, bytes } = builder.totals
    record.patch({ totalFiles: before.totalFiles + files, totalEntries: before.totalEntries + entries })
    record.addTotal(bytes)
    books.save()
  })
  books.pages.releaseAll()
}
