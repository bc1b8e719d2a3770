import { describe } from 'vitest'
import { syncDiskSuite } from '../../../support/sync/disk-suite.ts'
import { folderLab } from './disk-lab.ts'

describe('a shared folder on disk', () => {
  syncDiskSuite(() => folderLab())
})

describe('a shared folder on a volume without hard links', () => {
  syncDiskSuite(() => folderLab({ traits: { foldsCase: false, foldsUnicode: false, hardLinks: false, windowsNames: false } }))
})
