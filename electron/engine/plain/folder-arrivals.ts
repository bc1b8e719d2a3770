import { open, type FileHandle } from 'node:fs/promises'
import { HoldfastError } from '../../../shared/errors.ts'
import { diskFailure } from '../folder/disk-errors.ts'
import type { FinishOutcome, Lanes, ReceivePlace } from '../folder/ports.ts'
import { StagedFile } from '../folder/staged-file.ts'
import { blake3 } from '../util/digest.ts'
import type { Arrival, ArrivalReader, Arrivals, Placed } from './arrivals.ts'
import { ContentDigest } from '../util/content-digest.ts'

/** What is needed of the lanes: the flush and the finish of everything else that arrives. */
export type FinishingLanes = Pick<Lanes, 'flush' | 'finish' | 'unstage' | 'clean'>

interface Ready {
  readonly file: number
  readonly path: string
  readonly bytes: number
  readonly digest: string
}

interface Waiting extends Ready {
  resolve(placed: Placed): void
  reject(error: unknown): void
}

/** Files finished by one flush. Bounds what one commit holds, not how much may wait. */
const BATCH_FILES = 256
const READ_BYTES = 256 * 1024

/**
 * Arrivals in a receive folder, on the way every other file takes: staged below `.holdfast`, flushed, then moved into place
 * without replacing anything. Files that are ready while a flush runs share the next one.
 */
export class FolderArrivals implements Arrivals {
  readonly #root: string
  readonly #lanes: FinishingLanes
  #place: ReceivePlace | undefined
  #nextFile = 0
  #waiting: Waiting[] = []
  #finishing: Promise<void> | undefined

  /** `root`: of an open ReceiveFolder. */
  constructor(root: string, lanes: FinishingLanes) {
    this.#root = root
    this.#lanes = lanes
  }

  async open(key: string): Promise<void> {
    this.#place = { root: this.#root, transferId: blake3('holdfast plain inbox', key).subarray(0, 16).toString('hex') }
    await this.#lanes.clean(this.#place)
  }

  async create(): Promise<Arrival> {
    const file = this.#nextFile
    this.#nextFile += 1
    const staged = await StagedFile.open(this.#opened(), file, { resume: false }).catch((error: unknown) => {
      throw plainDiskError(error, this.#root)
    })
    return new StagedArrival(staged, this.#root, (ready) => this.#finish({ ...ready, file }))
  }

  async close(): Promise<void> {
    await this.#finishing
    if (this.#place) await this.#lanes.clean(this.#place)
  }

  #opened(): ReceivePlace {
    if (!this.#place) throw new RangeError('open comes first')
    return this.#place
  }

  #finish(ready: Ready): Promise<Placed> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...ready, resolve, reject })
      this.#finishing ??= this.#finishAll().finally(() => {
        this.#finishing = undefined
      })
    })
  }

  async #finishAll(): Promise<void> {
    const place = this.#opened()
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_FILES)
      const files = batch.map((one) => one.file)
      try {
        await this.#lanes.flush({ place, files })
        const outcomes = await this.#lanes.finish({
          place,
          renamedRoots: {},
          quarantine: true,
          files: batch.map((one) => ({
            file: one.file,
            path: one.path,
            digest: Buffer.from(one.digest, 'hex'),
            size: one.bytes,
            onConflict: 'keep-both' as const,
          })),
        })
        batch.forEach((one, at) => this.#settle(one, outcomes[at]))
        // Second names of what is in place now: if they stay, the clean-up at the next start takes them.
        await this.#lanes.unstage({ place, files: files.filter((_, at) => outcomes[at]?.kind !== 'error') }).catch(() => undefined)
      } catch (error) {
        for (const one of batch) one.reject(plainDiskError(error, this.#root))
      }
    }
  }

  #settle(one: Waiting, outcome: FinishOutcome | undefined): void {
    if (outcome?.kind === 'placed' || outcome?.kind === 'identical') {
      return one.resolve({ path: outcome.finalPath, identical: outcome.kind === 'identical' })
    }
    const error = outcome?.kind === 'error'
      ? new HoldfastError(outcome.code, outcome.message)
      : new HoldfastError('DISK_ERROR', `An unfinished file vanished from ${this.#root}. Keep other programs out of its .holdfast folder.`)
    one.reject(plainDiskError(error, this.#root))
  }
}

class StagedArrival implements Arrival {
  readonly #staged: StagedFile
  readonly #root: string
  readonly #finish: (ready: Omit<Ready, 'file'>) => Promise<Placed>
  readonly #content = new ContentDigest()
  #digest: string | undefined
  #over = false

  constructor(staged: StagedFile, root: string, finish: (ready: Omit<Ready, 'file'>) => Promise<Placed>) {
    this.#staged = staged
    this.#root = root
    this.#finish = finish
  }

  get bytes(): number {
    return this.#content.bytes
  }

  async write(slices: readonly Uint8Array[]): Promise<void> {
    const bytes = slices.length === 1 ? slices[0]! : Buffer.concat(slices)
    await this.#guard(this.#staged.write(bytes, 0, bytes.length, this.#content.bytes))
    this.#content.update(bytes)
  }

  digest(): string {
    this.#digest ??= this.#content.finish()
    return this.#digest
  }

  async reader(): Promise<ArrivalReader> {
    return new StagedReader(await this.#guard(open(this.#staged.path, 'r')), this.bytes)
  }

  async place(path: string): Promise<Placed> {
    const ready = { path, bytes: this.bytes, digest: this.digest() }
    await this.#guard(this.#staged.close())
    const placed = await this.#finish(ready)
    this.#over = true
    return placed
  }

  async discard(): Promise<void> {
    if (this.#over) return
    this.#over = true
    await this.#guard(this.#staged.discard())
  }

  async #guard<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw plainDiskError(error, this.#root)
    }
  }
}

class StagedReader implements ArrivalReader {
  readonly #handle: FileHandle
  readonly #bytes: number

  constructor(handle: FileHandle, bytes: number) {
    this.#handle = handle
    this.#bytes = bytes
  }

  async *slices(): AsyncGenerator<Uint8Array> {
    for (let offset = 0; offset < this.#bytes; ) {
      const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, this.#bytes - offset))
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, offset)
      if (bytesRead === 0) throw new HoldfastError('FILE_CHANGING', 'Another program shortened a message before it could be answered.')
      offset += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** The folder's own errors promise that the transfer goes on by itself; here the sender has to send again. */
function plainDiskError(error: unknown, root: string): HoldfastError {
  const failure = error instanceof HoldfastError ? error : diskFailure(error, root)
  const again = 'What came was not kept and must be sent again.'
  const messages: Partial<Record<HoldfastError['code'], string>> = {
    DISK_FULL: `The disk of ${root} is full. Make room. ${again}`,
    FOLDER_MISSING: `The receive folder ${root} is not there any more. Connect its disk or put the folder back. ${again}`,
  }
  return new HoldfastError(failure.code, messages[failure.code] ?? failure.message, { cause: error, details: { folder: root } })
}
