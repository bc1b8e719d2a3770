import { describe } from 'vitest'
import { MemoryStore } from '../../support/sync/memory-store.ts'
import { syncStoreSuite } from '../../support/sync/store-suite.ts'

describe('the store of the simulation', () => {
  syncStoreSuite(() => {
    const store = new MemoryStore()
    return { store, reopen: () => store, dispose: () => undefined }
  })
})
