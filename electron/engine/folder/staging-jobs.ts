import { readdirSync, rmSync, rmdirSync, unlinkSync } from 'node:fs'
import { diskFailure, errnoOf } from './disk-errors.ts'
import { setTimesOf } from './file-times.ts'
import { removeStaged } from './finish.ts'
import { gateRenamed, gateStaging } from './path-gate.ts'
import type { ReceivePlace, SourceStamp, UnstageJob } from './ports.ts'
import { InsideFolders } from './resolve-inside.ts'
import { unstageAndSeal } from './seal.ts'
import { stagedPaths } from './staging.ts'
import { gateTarget, volumeTraits } from './volume-probe.ts'

/** Removes staged names of files that are placed and recorded, and seals these. */
export function unstageFiles(job: UnstageJob, nowMs: () => number = Date.now): (SourceStamp | undefined)[] {
  try {
    const inside = new InsideFolders(job.place.root)
    if (inside.state(gateStaging(job.place.transferId)) !== 'folder') return []
    const staged = stagedPaths(job.place)
    const { placed = [] } = job
    const seals = placed.map((one, i) => unstageAndSeal(staged(job.files[i] ?? 0), inside.path(one.path.split('/')), one, nowMs))
    for (const file of job.files.slice(placed.length)) removeStaged(staged(file))
    return seals
  } catch (error) {
    throw diskFailure(error, job.place.root)
  }
}

/** Gives folders their times, deepest first: making an entry in one changes its time. What is no folder any more is left alone. */
export function finishFolderTimes(job: {
  place: ReceivePlace
  renamedRoots: Readonly<Record<string, string>>
  folders: readonly { path: string; mtimeMs: number }[]
}): void {
  try {
    const target = gateTarget(volumeTraits(job.place.root))
    const inside = new InsideFolders(job.place.root)
    const folders = job.folders.flatMap(({ path, mtimeMs }) => {
      const gated = gateRenamed(path, job.renamedRoots, target)
      return gated.ok ? [{ segments: gated.segments, mtimeMs }] : []
    })
    folders.sort((a, b) => b.segments.length - a.segments.length)
    for (const { segments, mtimeMs } of folders) {
      if (inside.state(segments) === 'folder') setTimesOf(inside.path(segments), mtimeMs)
    }
  } catch (error) {
    throw diskFailure(error, job.place.root)
  }
}

/** Nearly always a file, and then one call is enough. */
function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    rmSync(path, { recursive: true, force: true })
  }
}

/** Removes a transfer's staging folder and nothing else. Folders of the engine that are links are not entered. */
export function cleanStaging(place: ReceivePlace): void {
  const segments = gateStaging(place.transferId)
  try {
    const inside = new InsideFolders(place.root)
    if (inside.state(segments) !== 'folder') return
    const folder = inside.path(segments)
    for (const name of readdirSync(folder)) remove(inside.path([...segments, name]))
    rmdirSync(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return
    throw diskFailure(error, place.root)
  }
}
