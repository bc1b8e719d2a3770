import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TransferId } from '../../shared/model/transfer.ts'
import type { Random } from '../engine/util/random.ts'

/** Something the application itself keeps until it is sent. `path` is where a file or folder of the wanted name goes. */
export interface OutboxItem {
  readonly outboxId: string
  readonly path: string
}

const ITEM_ID = /^[0-9a-f]{32}$/
/** What no send ever claimed is a tray that was lost with its program. */
const UNCLAIMED_MS = 24 * 60 * 60 * 1000

/**
 * Texts, pictures and uploads on their way out: nobody else has them as files, so they stay in the home, each in a folder
 * of its own, until every transfer that sends them needs them no more. Which those are is written beside the folder, for
 * transfers outlive the program.
 */
export class Outbox {
  readonly #folder: string
  readonly #random: Random
  /** What is still needed by which transfers. */
  readonly #claims = new Map<string, Set<TransferId>>()

  constructor(home: string, random: Random) {
    this.#folder = join(home, 'outbox')
    this.#random = random
  }

  /** @param name one checked path segment */
  async create(name: string): Promise<OutboxItem> {
    const outboxId = Buffer.from(this.#random.bytes(16)).toString('hex')
    const folder = join(this.#folder, outboxId)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return { outboxId, path: join(folder, name) }
  }

  async claim(outboxId: string, transferIds: readonly TransferId[]): Promise<void> {
    const claims = this.#claims.get(outboxId) ?? new Set()
    for (const id of transferIds) claims.add(id)
    this.#claims.set(outboxId, claims)
    await this.#writeClaims(outboxId, claims)
  }

  /** A transfer that will never read its sources again. */
  async release(transferId: TransferId): Promise<void> {
    for (const [outboxId, claims] of [...this.#claims]) {
      if (!claims.delete(transferId)) continue
      if (claims.size === 0) await this.remove(outboxId)
      else await this.#writeClaims(outboxId, claims)
    }
  }

  async remove(outboxId: string): Promise<void> {
    this.#claims.delete(outboxId)
    await rm(join(this.#folder, `${outboxId}.json`), { force: true })
    await rm(join(this.#folder, outboxId), { recursive: true, force: true })
  }

  /** After a start: learns the claims again, drops those of transfers that need nothing, and what nobody claimed in a day. */
  async restore(nowMs: number, isNeeded: (transferId: TransferId) => Promise<boolean>): Promise<void> {
    const names = await readdir(this.#folder).catch(() => [])
    for (const outboxId of names.filter((name) => ITEM_ID.test(name))) {
      const claimed = await this.#readClaims(outboxId)
      if (!claimed) {
        const found = await stat(join(this.#folder, outboxId)).catch(() => undefined)
        if (found && !this.#claims.has(outboxId) && nowMs - found.mtimeMs > UNCLAIMED_MS) await this.remove(outboxId)
        continue
      }
      const needed: TransferId[] = []
      for (const id of claimed) if (await isNeeded(id)) needed.push(id)
      if (needed.length === 0) await this.remove(outboxId)
      else this.#claims.set(outboxId, new Set([...needed, ...(this.#claims.get(outboxId) ?? [])]))
    }
  }

  async #writeClaims(outboxId: string, claims: ReadonlySet<TransferId>): Promise<void> {
    await writeFile(join(this.#folder, `${outboxId}.json`), JSON.stringify([...claims]), { mode: 0o600 })
  }

  async #readClaims(outboxId: string): Promise<readonly TransferId[] | undefined> {
    try {
      const claims: unknown = JSON.parse(await readFile(join(this.#folder, `${outboxId}.json`), 'utf8'))
      return Array.isArray(claims) ? claims.filter((id): id is TransferId => typeof id === 'string') : undefined
    } catch {
      return undefined
    }
  }
}
