import { HoldfastError } from '../../../../shared/errors.ts'
import { shownName } from '../../folder/names.ts'

/** Of the volume: what the trash of a shared folder may hold unless somebody says otherwise, as in a receive folder. */
const VOLUME_PART = 0.1
/** How long the size of the volume counts, and how soon a full trash is looked at again: somebody may have tidied it by hand. */
const FRESH_MS = 60_000

export interface TrashRoomPorts {
  now(): number
  monotonic(): number
  /** What is in it, as far as was counted. */
  bytes(): Promise<number>
  /** Counts anew. */
  count(): Promise<void>
  /** Removes what has been there for longer than 30 days. */
  expire(nowMs: number): Promise<void>
  volumeBytes(): Promise<number>
}

/**
 * Whether the trash of one shared folder takes more. What is in it is never removed to make room before its 30 days are
 * over: what finds no room stays where it is instead.
 */
export class TrashRoom {
  readonly #ports: TrashRoomPorts
  #ownBytes: number | undefined
  #volume: { readonly bytes: number; readonly atMs: number } | undefined
  #tidiedMs = -Infinity

  constructor(ports: TrashRoomPorts) {
    this.#ports = ports
  }

  /** Undefined: a tenth of the volume. */
  setLimit(bytes: number | undefined): void {
    this.#ownBytes = bytes
  }

  async limitBytes(): Promise<number> {
    if (this.#ownBytes !== undefined) return this.#ownBytes
    const nowMs = this.#ports.monotonic()
    if (!this.#volume || nowMs - this.#volume.atMs > FRESH_MS) this.#volume = { bytes: await this.#ports.volumeBytes(), atMs: nowMs }
    return Math.floor(this.#volume.bytes * VOLUME_PART)
  }

  /** TRASH_FULL when the file does not fit any more. `comingBytes`: of what else is about to go there. */
  async problem(path: string, bytes: number, comingBytes = 0): Promise<HoldfastError | undefined> {
    if (await this.#fits(bytes + comingBytes, bytes)) return undefined
    const nowMs = this.#ports.monotonic()
    if (nowMs - this.#tidiedMs > FRESH_MS) {
      this.#tidiedMs = nowMs
      await this.#ports.expire(this.#ports.now())
      await this.#ports.count()
      if (await this.#fits(bytes + comingBytes, bytes)) return undefined
    }
    const message = `The trash of this folder has no room for ${shownName(path)}, so that file stays as it is here. Empty the trash or raise its limit; it goes on by itself.`
    return new HoldfastError('TRASH_FULL', message, { details: { path, neededBytes: bytes, limitBytes: await this.limitBytes() } })
  }

  /** An empty trash takes anything: emptying it could not help. */
  async #fits(more: number, own: number): Promise<boolean> {
    const bytes = await this.#ports.bytes()
    return bytes + more - own === 0 || bytes + more <= (await this.limitBytes())
  }
}
