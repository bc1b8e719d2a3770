import { lstatSync, unlinkSync } from 'node:fs'
import { diskProblem, errnoOf } from './disk-errors.ts'
import { shownName } from './names.ts'
import { gateRenamed } from './path-gate.ts'
import { markerPath, placeFile, type PlaceContext } from './place-file.ts'
import type { FinishFile, FinishJob, FinishOutcome } from './ports.ts'
import { HAS_QUARANTINE, markQuarantine } from './quarantine.ts'
import { InsideFolders } from './resolve-inside.ts'
import { requireReceiveFolder, stagedPath, stagedPaths } from './staging.ts'
import { TouchedFolders } from './touched-folders.ts'
import { gateTarget, volumeTraits, type VolumeTraits } from './volume-probe.ts'

/** What tests decide themselves. */
export interface FinishOptions {
  readonly nowMs?: number
  readonly traits?: VolumeTraits
}

/**
 * Moves staged files into place, then flushes every folder concerned once: what is reported placed stays placed through a
 * power cut. Running it again gives the same result, however far the run before got.
 */
export function finishFiles(job: FinishJob, options: FinishOptions = {}): FinishOutcome[] {
  const { root, transferId } = job.place
  try {
    requireReceiveFolder(root)
    const traits = options.traits ?? volumeTraits(root)
    if (job.quarantine && HAS_QUARANTINE) markQuarantine(job.files.map((file) => stagedPath(job.place, file.file)).filter(isUnplaced))
    const touched = new TouchedFolders()
    const staged = stagedPaths(job.place)
    const context: PlaceContext = {
      folders: new InsideFolders(root),
      transferId,
      hardLinks: traits.hardLinks,
      nowMs: options.nowMs ?? Date.now(),
      touched: (segments) => touched.add(segments),
    }
    const outcomes = job.files.map((file): FinishOutcome => {
      try {
        return finishFile(file, staged(file.file), job, context, traits)
      } catch (error) {
        return diskProblem(error, root)
      }
    })
    const problem = touched.flush(context.folders)
    // What is not durable must not be confirmed; the next run finds the same inode in place and flushes again.
    if (problem) return outcomes.map((outcome) => (outcome.kind === 'placed' || outcome.kind === 'identical' ? problem : outcome))
    outcomes.forEach((outcome, index) => dropIdentical(outcome, job, index))
    return outcomes
  } catch (error) {
    const problem = diskProblem(error, root)
    return job.files.map(() => problem)
  }
}

function finishFile(file: FinishFile, staged: string, job: FinishJob, context: PlaceContext, traits: VolumeTraits): FinishOutcome {
  const gated = gateRenamed(file.path, job.renamedRoots, gateTarget(traits))
  if (!gated.ok) return { kind: 'error', code: 'DISK_ERROR', message: `The name of file ${file.file} ${gated.reason}.` }
  const parent = gated.segments.slice(0, -1)
  if (parent.length > 0 && context.folders.ensure(parent) !== 'folder') {
    const message = `A file or a link took the place of the folder ${shownName(parent.join('/'))} in ${context.folders.root}. Remove it; the transfer goes on by itself.`
    return { kind: 'error', code: 'DISK_ERROR', message }
  }
  const placement = placeFile(file, staged, gated.segments, context)
  switch (placement.kind) {
    case 'placed':
      return { kind: 'placed', finalPath: placement.finalPath, replaced: placement.replaced, placedAtMs: Date.now() }
    case 'identical':
      return { kind: 'identical', finalPath: placement.finalPath }
    case 'lost':
      return { kind: 'lost' }
    case 'exhausted':
      return { kind: 'error', code: 'DISK_ERROR', message: `Too many files in ${context.folders.root} are called ${shownName(file.path)}. Rename some.` }
  }
}

/** After the flush: a second name of the content is not needed any more. */
function dropIdentical(outcome: FinishOutcome, job: FinishJob, index: number): void {
  const file = job.files[index]
  if (outcome.kind === 'identical' && file) removeStaged(stagedPath(job.place, file.file))
}

/** Removes a staged file, or the marker that is left of one renamed away; none there is fine. */
export function removeStaged(staged: string): void {
  if (!removeIfThere(staged)) removeIfThere(markerPath(staged))
}

function removeIfThere(path: string): boolean {
  try {
    unlinkSync(path)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return false
  }
}

function isUnplaced(staged: string): boolean {
  const found = lstatSync(staged, { throwIfNoEntry: false })
  return found?.isFile() === true && found.nlink === 1
}
