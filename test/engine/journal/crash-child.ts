/** Commits one block after the other and reports each, until it is killed. */
import { writeSync } from 'node:fs'
import { openJournal } from '../../../electron/engine/journal/journal.ts'
import { transferRow } from './fixtures.ts'

const journal = openJournal(process.argv[2] ?? '')
journal.transfers.insert(transferRow({ id: 'crash' }))
for (let block = 0; block < 1_000_000; block += 1) {
  journal.transaction(() => {
    journal.transfers.update('crash', { bytes: block + 1 })
    journal.transfers.appendBlocks('crash', 0, 0, block, Buffer.alloc(32, block))
    journal.transfers.update('crash', { files: block + 1 })
  })
  writeSync(1, `${block}\n`)
}
