import { LANE_JOBS } from './lane-jobs.ts'
import type { Lanes } from './ports.ts'

/** The lanes' work on the caller's own thread: for tests, and where threads are not worth their start. */
export class InlineLanes implements Lanes {
  warm: Lanes['warm'] = () => undefined
  readPack: Lanes['readPack'] = async (job) => LANE_JOBS.readPack(job)
  preparePage: Lanes['preparePage'] = async (job) => LANE_JOBS.preparePage(job)
  writePack: Lanes['writePack'] = async (job) => LANE_JOBS.writePack(job)
  flush: Lanes['flush'] = async (job) => LANE_JOBS.flush(job)
  finish: Lanes['finish'] = async (job) => LANE_JOBS.finish(job)
  unstage: Lanes['unstage'] = async (job) => LANE_JOBS.unstage(job)
  digestFile: Lanes['digestFile'] = async (job) => LANE_JOBS.digestFile(job)
  finishFolders: Lanes['finishFolders'] = async (job) => LANE_JOBS.finishFolders(job)
  clean: Lanes['clean'] = async (place) => LANE_JOBS.clean(place)
  sync: Lanes['sync'] = async (request) => LANE_JOBS.sync(request)

  async close(): Promise<void> {}
}
