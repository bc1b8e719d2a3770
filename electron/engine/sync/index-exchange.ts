import { DIGEST_BYTES, MAX_FILE_BYTES, MAX_INDEX_ENTRIES, MAX_LIST_BYTES, MAX_OPEN_INDEXES, MAX_PATH_BYTES, MAX_VERSION_PAIRS } from '../protocol/limits.ts'
import type { Index, IndexAck, IndexEntry } from '../protocol/messages.ts'
import { indexEntryBytes } from '../protocol/sync-items.ts'
import type { SyncSession } from './engine-ports.ts'
import type { Entry, LocalEntry } from './entry.ts'
import type { FolderRow, MemberRow, SyncStore } from './ports.ts'

const MAX_MTIME_MS = 8.64e15

/** How far a device's own index goes. */
export interface Announced {
  readonly epoch: string
  readonly sequence: number
  /** There may be more on its disk, at which it still looks. */
  readonly looking: boolean
}

export interface ExchangePorts {
  readonly store: SyncStore
  /** The folder as it is now; undefined when it is gone. */
  row(): FolderRow | undefined
  member(): MemberRow | undefined
  putMember(row: MemberRow): void
  session(): SyncSession | undefined
  /** The peer's index has changed what is open. */
  heard(): void
  /** The peer has said something of what it holds, or has. */
  told(): void
  /** How far the index here went when this run began. */
  startSequence(): number
  /** The peer holds more of it than it can have been told. */
  wentBack(): void
  /** A name that is not even text for the index. */
  badName(path: string): void
}

/** Tells one device the index of one folder here, and hears its own: by ascending sequence, from where the other is. */
export class IndexExchange {
  readonly #ports: ExchangePorts
  /** How far ours was sent in this conversation; undefined until the peer has said what it holds. */
  #sent: number | undefined
  #unanswered = 0
  /** The most that it was told in this run. */
  #most = 0
  /** How far the peer's own index goes, by what it has last said in this conversation. */
  #announced: Announced | undefined

  constructor(ports: ExchangePorts) {
    this.#ports = ports
  }

  /** A new conversation: nothing is under way. */
  reset(): void {
    this.#sent = undefined
    this.#unanswered = 0
    this.#announced = undefined
  }

  /** The peer says what it holds of the index here, and how far its own goes. */
  begin(held: { readonly epoch: string; readonly sequence: number } | undefined, announced: Announced): void {
    this.#announced = announced
    this.#ports.told()
    // What is told is durable before: nobody can hold more by right.
    if (held && held.epoch === this.#ports.row()?.epoch && held.sequence > Math.max(this.#ports.startSequence(), this.#most)) this.#ports.wentBack()
    const row = this.#ports.row()
    const member = this.#ports.member()
    if (!row || !member) return
    const last = this.#ports.store.lastSequence(row.id)
    const from = held?.epoch === row.epoch && held.sequence <= last ? held.sequence : 0
    const told = member.told?.epoch === row.epoch ? member.told.sequence : 0
    // A list that crossed with what is being told is behind, and no reason to begin again.
    if (this.#sent !== undefined && from >= told && from <= this.#sent) return this.tell()
    if (from !== told || member.told?.epoch !== row.epoch) this.#ports.putMember({ ...member, told: { epoch: row.epoch, sequence: from } })
    this.#sent = from
    this.#unanswered = 0
    this.#ports.told()
    this.tell()
  }

  /** As much as may be under way. */
  tell(): void {
    const { store } = this.#ports
    const row = this.#ports.row()
    const session = this.#ports.session()
    while (row && session?.connected && this.#sent !== undefined && this.#unanswered < MAX_OPEN_INDEXES) {
      const page = onePage(store.localAfter(row.id, this.#sent, MAX_INDEX_ENTRIES + 1))
      // What was only changed here is nobody else's.
      const entries = page.filter(({ version }) => version.length > 0).map(wireEntry)
      const to = page.at(-1)?.sequence ?? this.#sent
      if (to === this.#sent) return
      session.send({ type: 'index', folder: Buffer.from(row.id, 'hex'), epoch: Buffer.from(row.epoch, 'hex'), from: this.#sent, to, entries })
      this.#sent = to
      this.#most = Math.max(this.#most, to)
      this.#unanswered += 1
    }
  }

  onAck({ epoch, sequence }: IndexAck): void {
    const row = this.#ports.row()
    const member = this.#ports.member()
    this.#unanswered = Math.max(0, this.#unanswered - 1)
    if (!row || !member || this.#sent === undefined || Buffer.from(epoch).toString('hex') !== row.epoch) return
    if (sequence > this.#sent) return
    this.#ports.putMember({ ...member, told: { epoch: row.epoch, sequence } })
    // It holds less than it was told: again from there.
    if (this.#unanswered === 0 && sequence < this.#sent) this.#sent = sequence
    this.#ports.told()
    this.tell()
  }

  onIndex(message: Index): void {
    const { store } = this.#ports
    const row = this.#ports.row()
    const member = this.#ports.member()
    if (!row || !member) return
    const epoch = Buffer.from(message.epoch).toString('hex')
    const held = member.held?.epoch === epoch ? member.held.sequence : 0
    if (message.from <= held) {
      const sequence = Math.max(held, message.to)
      for (const { path } of message.entries) if (!isText(path)) this.#ports.badName(path)
      const put = () => store.putRemote(row.id, member.deviceId, message.entries.filter(isAcceptable).map(plainEntry), { epoch, sequence })
      if (member.held && member.held.epoch !== epoch) {
        store.transaction(() => {
          store.dropRemote(row.id, member.deviceId)
          put()
        })
      } else put()
      this.#ports.putMember({ ...member, held: { epoch, sequence } })
      this.#answer(message, sequence)
      this.#ports.heard()
    } else this.#answer(message, held)
  }

  /** The peer's index has gone back, as that of a restored backup: what is held of it is not to be relied on. */
  forget(): void {
    const row = this.#ports.row()
    const member = this.#ports.member()
    if (!row || !member) return
    this.#ports.store.dropRemote(row.id, member.deviceId)
    const { held: _, ...rest } = member
    this.#ports.putMember(rest)
    this.#ports.heard()
  }

  /** Whether each has heard all that the other has, by what both have said in this conversation. */
  get isLevel(): boolean {
    const row = this.#ports.row()
    const { told, held } = this.#ports.member() ?? {}
    const announced = this.#announced
    if (!row || !announced || announced.looking || told?.epoch !== row.epoch || told.sequence !== this.#ports.store.lastSequence(row.id)) return false
    return announced.sequence === 0 || (held?.epoch === announced.epoch && held.sequence >= announced.sequence)
  }

  #answer({ folder, epoch }: Index, sequence: number): void {
    this.#ports.session()?.send({ type: 'index-ack', folder, epoch, sequence })
  }
}

/** As much of it as a message may hold. A move is told as its new name and then its old one: they stay together. */
function onePage(entries: readonly LocalEntry[]): readonly LocalEntry[] {
  let bytes = 0
  const over = entries.findIndex((entry, at) => {
    bytes += indexEntryBytes(entry)
    return at > 0 && (bytes > MAX_LIST_BYTES || at >= MAX_INDEX_ENTRIES)
  })
  if (over < 0) return entries
  const isTorn = over > 1 && entries[over]?.kind === 'deleted' && entries[over - 1]?.kind === 'file'
  return entries.slice(0, isTorn ? over - 1 : over)
}

/** Names with control characters are no file's, and would be mistaken for others in the order of the tree. */
function isText(path: string): boolean {
  // eslint-disable-next-line no-control-regex
  return path !== '' && !/[\u0000-\u001f]|\p{Surrogate}/u.test(path)
}

/** What can't be written down here or told on. Names are looked at where they would be used: each is a problem of its own. */
function isAcceptable({ path, kind, version, size, mtimeMs, digest }: IndexEntry): boolean {
  if (!isText(path) || Buffer.byteLength(path) > MAX_PATH_BYTES || (kind === 'file' && digest.length !== DIGEST_BYTES)) return false
  if (version.length === 0 || version.length > MAX_VERSION_PAIRS) return false
  if (!version.every(([tag, counter], at) => Number.isSafeInteger(counter) && counter > 0 && (at === 0 || (version[at - 1]?.[0] ?? '') < tag))) return false
  return Number.isSafeInteger(size) && size >= 0 && size <= MAX_FILE_BYTES && Number.isSafeInteger(mtimeMs) && Math.abs(mtimeMs) <= MAX_MTIME_MS
}

function plainEntry({ path, kind, version, size, mtimeMs, executable, digest, modifiedBy }: IndexEntry): Entry {
  const file = kind === 'file'
  return { path, kind, version, size: file ? size : 0, mtimeMs: kind === 'folder' ? 0 : mtimeMs, executable: file && executable, digest: file ? digest : new Uint8Array(0), modifiedBy }
}

function wireEntry({ path, kind, version, size, mtimeMs, executable, digest, modifiedBy }: Entry): IndexEntry {
  return { path, kind, version, size, mtimeMs, executable, digest, modifiedBy }
}
