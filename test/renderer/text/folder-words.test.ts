import { describe, expect, test } from 'vitest'
import { deviceWords, folderAdviceFor, folderProgress, folderTone, folderWords } from '../../../renderer/text/folder-words.ts'
import { named, namesInWords, sentenceParts, unmarked } from '../../../renderer/text/sentence.ts'
import type { ErrorData } from '../../../shared/errors.ts'
import type { FolderDevice, FolderState, SyncFolder } from '../../../shared/model/folder.ts'
import { demoDevice, HOSTILE_NAMES } from '../../support/demo-data.ts'
import { demoFolder, demoFolderDevice } from '../../support/demo-folder-data.ts'

const laptop = demoDevice(2, 'Laptop')
const tablet = demoDevice(3, 'Tablet')
const amount = (files: number, bytes: number) => ({ files, bytes })
const folderOf = (state: FolderState, ...devices: readonly FolderDevice[]): SyncFolder => demoFolder(1, 'Documents', devices, { state })
const words = (state: FolderState, ...devices: readonly FolderDevice[]): string => unmarked(folderWords(folderOf(state, ...devices)))
const UP_TO_DATE: FolderState = { kind: 'up-to-date' }
const fullDisk: ErrorData = { code: 'DISK_FULL', message: 'There is no room.' }

describe('what a folder does, in words', () => {
  test('what is still to come says how much, and from whom', () => {
    const syncing: FolderState = { kind: 'syncing', left: amount(3, 12_000_000), bytesPerSecond: 0 }
    expect(words(syncing, demoFolderDevice(laptop, { toGet: amount(3, 12_000_000) }))).toBe('3 files to get from Laptop, 12 MB')
    expect(words(syncing, demoFolderDevice(laptop, { toGet: amount(2, 1) }), demoFolderDevice(tablet, { toGet: amount(1, 1) }))).toBe('3 files to get from Laptop and Tablet, 12 MB')
    expect(words(syncing, demoFolderDevice(laptop, { toGet: amount(3, 1), state: 'offline' }))).toBe('3 files to get from Laptop, 12 MB; goes on when connected')
    expect(words({ ...syncing, left: amount(0, 0) }, demoFolderDevice(laptop))).toBe('Taking over changes')
  })

  test('up to date says with whom, who is behind, away, and who has not answered', () => {
    expect(words(UP_TO_DATE, demoFolderDevice(laptop), demoFolderDevice(tablet, { state: 'invited' }))).toBe('Up to date with Laptop; Tablet has not accepted yet')
    expect(words(UP_TO_DATE, demoFolderDevice(laptop, { toSend: amount(4, 3_000_000) }))).toBe('Up to date; Laptop still has 4 files to get, 3 MB')
    expect(words(UP_TO_DATE, demoFolderDevice(laptop, { state: 'offline' }), demoFolderDevice(tablet, { state: 'refused' }))).toBe('Up to date; Laptop is not connected; Tablet does not take part')
    expect(words(UP_TO_DATE, demoFolderDevice(laptop, { toSend: amount(1, 1) }), demoFolderDevice(tablet, { toSend: amount(1, 1) }))).toBe('Up to date; 2 devices are still getting files')
    expect(words(UP_TO_DATE)).toBe('Shared with nobody yet')
  })

  test('a scan counts towards what it counted the last time, which it may pass', () => {
    expect(words({ kind: 'scanning', files: 12_034, bytes: 1, totalFiles: 40_120 })).toBe('Looking at the files: 12,034 of about 40,120')
    expect(words({ kind: 'scanning', files: 50, bytes: 1, totalFiles: 40 })).toBe('Looking at the files: 50 of about 50')
    expect(words({ kind: 'scanning', files: 50, bytes: 1 })).toBe('Looking at the files: 50 so far')
    expect(words({ kind: 'scanning', files: 0, bytes: 0 })).toBe('Looking at the files')
  })

  test('files that are being written are waited for, and said to be', () => {
    expect(words({ kind: 'scanning', files: 0, bytes: 0, writing: 1 })).toBe('1 file is still being written')
    expect(words({ kind: 'scanning', files: 0, bytes: 0, writing: 1_200 })).toBe('1,200 files are still being written')
  })

  test('what asks says what it would do', () => {
    const counts = { get: 0, replace: 0, delete: 812, rename: 0, conflict: 0, bytes: 0 }
    expect(words({ kind: 'asking', token: 't', totalFiles: 1020, counts })).toBe('Waits for your decision: would delete 812 files, of 1,020 files here')
    expect(words({ kind: 'asking', token: 't', totalFiles: 2, counts: { ...counts, replace: 1 } })).toContain('delete 812 files and replace 1 file')
  })

  test('every state has words and a tone of its own kind', () => {
    const states: readonly FolderState[] = [{ kind: 'paused' }, { kind: 'missing', error: { code: 'FOLDER_MISSING', message: 'x' } }, { kind: 'waiting', error: fullDisk }]
    expect(states.map((state) => words(state))).toEqual(['Paused', 'The folder is not there', 'The disk is full, tried again by itself'])
    expect(states.map((state) => folderTone(folderOf(state)))).toEqual(['calm', 'bad', 'bad'])
    expect(folderTone(folderOf(UP_TO_DATE, demoFolderDevice(laptop)))).toBe('good')
    expect(folderTone(folderOf(UP_TO_DATE, demoFolderDevice(laptop, { state: 'offline' })))).toBe('calm')
  })

  test('progress is of what the folder is to hold; where there is none, there is no bar', () => {
    const syncing = { ...folderOf({ kind: 'syncing', left: amount(1, 25), bytesPerSecond: 1 }), content: amount(9, 75) }
    expect(folderProgress(syncing)).toEqual({ value: 75, total: 100, open: false })
    expect(folderProgress(folderOf({ kind: 'scanning', files: 5, bytes: 1 }))).toMatchObject({ open: true })
    expect(folderProgress(folderOf({ kind: 'scanning', files: 50, bytes: 1, totalFiles: 40 }))).toEqual({ value: 40, total: 40, open: false })
    expect(folderProgress(folderOf(UP_TO_DATE))).toBeNull()
  })

  test('a problem comes with something to do', () => {
    for (const code of ['FILE_CHANGING', 'FILE_NAME_REFUSED', 'FILE_CONFLICT', 'FILE_UNREADABLE', 'DISK_FULL', 'FOLDER_MISSING'] as const) expect(folderAdviceFor(code)).toBeTruthy()
    expect(folderAdviceFor('ENGINE_INTERNAL')).toBeNull()
  })
})

describe('a device of a folder, in words', () => {
  test('says what each side lacks', () => {
    expect(deviceWords(demoFolderDevice(laptop), 0)).toEqual({ words: 'Up to date', tone: 'good' })
    expect(deviceWords(demoFolderDevice(laptop, { toGet: amount(3, 12_000_000), toSend: amount(1, 500) }), 0).words).toBe('3 files to get from it, 12 MB, it still lacks 1 file, 500 B')
    expect(deviceWords(demoFolderDevice(laptop, { state: 'offline' }), 0).words).toMatch(/^Not connected, last the same /)
    expect(deviceWords(demoFolderDevice(laptop, { state: 'invited' }), 0).tone).toBe('wait')
    expect(deviceWords(demoFolderDevice(laptop, { state: 'refused' }), 0).words).toBe('Does not take part')
  })
})

describe('names in sentences', () => {
  test('are isolated from the words, made visible and cut', () => {
    expect(sentenceParts(`Up to date with ${named('a\u202Eb')}; ${named('c')} is away`)).toEqual([
      { kind: 'words', text: 'Up to date with ' },
      { kind: 'name', text: 'a[U+202E]b' },
      { kind: 'words', text: '; ' },
      { kind: 'name', text: 'c' },
      { kind: 'words', text: ' is away' },
    ])
    expect(Array.from(unmarked(named(HOSTILE_NAMES[2]))).length).toBe(48)
  })

  test('cannot end their own isolation', () => {
    const [part] = sentenceParts(named('a\u2069 b\u2068'))
    expect(part).toEqual({ kind: 'name', text: 'a[U+2069] b[U+2068]' })
  })

  test('many of them are counted', () => {
    const others = (count: number): string => `${count} others`
    expect(unmarked(namesInWords(['a', 'b', 'c'], others))).toBe('a, b and c')
    expect(unmarked(namesInWords(['a', 'b', 'c', 'd', 'e'], others))).toBe('a, b and 3 others')
  })
})
