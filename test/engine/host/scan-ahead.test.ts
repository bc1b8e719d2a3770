import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { ScanItem } from '../../../electron/engine/folder/ports.ts'
import { scan } from '../../../electron/engine/folder/scan.ts'
import { canonicalSources } from '../../../electron/engine/folder/source-names.ts'
import { SourceScans, type SourceScan } from '../../../electron/engine/folder/source-scans.ts'
import { PAGE_ENTRIES } from '../../../electron/engine/protocol/limits.ts'
import { ScanAhead } from '../../../electron/engine/host/scan-ahead.ts'
import { systemClock } from '../../../electron/engine/util/clock.ts'
import { plant, temporaryFolder } from '../folder/place.ts'

const never = new AbortController().signal
let begun: ScanAhead | undefined

afterEach(() => {
  begun?.stop()
  begun = undefined
})

function ahead(...paths: string[]): ScanAhead {
  begun = new ScanAhead(paths)
  return begun
}

async function items({ batches }: Pick<SourceScan, 'batches'>): Promise<ScanItem[]> {
  const all: ScanItem[] = []
  for await (const batch of batches) all.push(...batch)
  return all
}

function tree(): string {
  const root = temporaryFolder()
  plant(root, { 'top/a': '1', 'top/b/c': '22', 'top/b/d': '' })
  return canonicalSources([join(root, 'top')])[0]!
}

const pathsOf = (found: readonly ScanItem[]) => found.map((item) => (item.kind === 'entry' ? item.entry.path : `!${item.path}`))

describe('a scan that began before its engine', () => {
  it('finds what the engine would find, since it began', async () => {
    const top = tree()
    const startedMs = systemClock.monotonic()
    const scans = new SourceScans(systemClock, ahead(top).handle)
    const taken = scans.begin([top], never)
    expect(taken.startedAtMs).toBeGreaterThanOrEqual(startedMs - 1)
    expect(taken.startedAtMs).toBeLessThanOrEqual(systemClock.monotonic())
    expect(await items(taken)).toEqual(await items({ batches: scan([top]) }))
  })

  it('is taken once: what comes later is seen by the next', async () => {
    const top = tree()
    const scans = new SourceScans(systemClock, ahead(top).handle)
    await items(scans.begin([top], never))
    writeFileSync(join(top, 'later'), 'x')
    expect(pathsOf(await items(scans.begin([top], never)))).toContain('top/later')
  })

  it('of other things is not taken, nor kept', async () => {
    const [top, other] = [tree(), tree()]
    const scans = new SourceScans(systemClock, ahead(top).handle)
    writeFileSync(join(other, 'theirs'), 'x')
    expect(pathsOf(await items(scans.begin([other], never)))).toContain('top/theirs')
    writeFileSync(join(top, 'later'), 'x')
    expect(pathsOf(await items(scans.begin([top], never)))).toContain('top/later')
  })

  it('is not taken when it is old', async () => {
    const top = tree()
    const { handle } = ahead(top)
    writeFileSync(join(top, 'later'), 'x')
    const scans = new SourceScans(systemClock, { ...handle, startedAtMs: handle.startedAtMs - 3_000 })
    expect(pathsOf(await items(scans.begin([top], never)))).toContain('top/later')
  })

  it('looks no further than somebody follows', async () => {
    const top = tree()
    for (let file = 0; file < PAGE_ENTRIES; file += 1) writeFileSync(join(top, `file ${file}`), '')
    mkdirSync(join(top, 'z'))
    begun = new ScanAhead([top], 1)
    await expect.poll(() => begun?.isAhead).toBe(true)
    writeFileSync(join(top, 'z/later'), 'x')
    expect(pathsOf(await items(new SourceScans(systemClock, begun.handle).begin([top], never)))).toContain('top/z/later')
  })

  it('ends with the send that wanted it', async () => {
    const top = tree()
    const abort = new AbortController()
    const taken = new SourceScans(systemClock, ahead(top).handle).begin([top], abort.signal)
    abort.abort(new Error('cancelled'))
    await expect(items(taken)).rejects.toThrow('cancelled')
  })

  it('says what it could not look at', () => {
    expect(() => new ScanAhead([join(temporaryFolder(), 'nothing')])).toThrow(expect.objectContaining({ code: 'PATH_NOT_FOUND' }))
  })
})
