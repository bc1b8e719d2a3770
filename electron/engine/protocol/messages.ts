/**
 * The control messages. Their bodies are CBOR maps with these very keys; blocks and packs are raw (bulk.ts).
 * Message type numbers, schemas and encoding are in this folder too; PROTOCOL.md is the specification.
 */

/** First on every socket, both ways, unsequenced. The dialer speaks first. */
export interface Hello {
  readonly type: 'hello'
  readonly version: number
  /** 16 bytes; absent: no session known. */
  readonly session?: Uint8Array
  /** Highest id received in that session. */
  readonly received: bigint
  readonly name: string
  /** Program and version, e.g. `holdfast 0.1.0`: for people. */
  readonly app: string
  /** Port the sender of this listens on, 0: none. The address is the socket's: a hint to remember. */
  readonly port: number
}
export interface Ping { readonly type: 'ping'; readonly nonce: bigint }
export interface Pong { readonly type: 'pong'; readonly nonce: bigint }
/** Why the socket is about to be closed. Unsequenced. */
export interface Close { readonly type: 'close'; readonly code: CloseCode; readonly message: string }
export type CloseCode = 'version' | 'busy' | 'untrusted' | 'protocol' | 'replaced' | 'simultaneous' | 'shutting-down'

export interface PairCommit { readonly type: 'pair-commit'; readonly commitment: Uint8Array }
export interface PairNonce { readonly type: 'pair-nonce'; readonly nonce: Uint8Array }
export interface PairReveal { readonly type: 'pair-reveal'; readonly nonce: Uint8Array }
export interface PairConfirm { readonly type: 'pair-confirm' }
export interface PairCancel { readonly type: 'pair-cancel'; readonly reason: 'refused' | 'busy' | 'too-many' | 'timeout' | 'mismatch' }

/** Sender → receiver. Repeated after every session reset, with the same id. */
export interface Offer {
  readonly type: 'offer'
  readonly transfer: Uint8Array
  /** Names of the top entries, at most 20, for people. */
  readonly roots: readonly string[]
  readonly files: number
  readonly entries: number
  readonly pages: number
  readonly bytes: number
}
/** Receiver → sender. `accept.pages`: how many manifest pages it holds already, contiguous from 0; it says `want` for them unasked. */
export interface OfferReply {
  readonly type: 'offer-reply'
  readonly transfer: Uint8Array
  readonly answer:
    /** `rate`: bytes per second the receiver wants at most of this transfer; absent: as fast as it goes. */
    | { readonly kind: 'accept'; readonly pages: number; readonly rate?: number }
    | { readonly kind: 'pending' }
    | { readonly kind: 'refuse'; readonly reason: RefuseReason; readonly message: string }
    /** All of it was confirmed before. */
    | { readonly kind: 'done' }
}
export type RefuseReason = 'declined' | 'policy' | 'quota' | 'limit' | 'cancelled' | 'unknown'

export interface ManifestEntry {
  readonly kind: 'file' | 'folder'
  /** Slash-separated; the first segment is the name of what was dropped. */
  readonly path: string
  readonly size: number
  /** ms since the epoch, may be negative. */
  readonly mtimeMs: number
  readonly executable: boolean
}
/** Page `page` of the manifest; entry i of it is file number page × PAGE_ENTRIES + i (pages may be shorter: numbers then skip). */
export interface Manifest {
  readonly type: 'manifest'
  readonly transfer: Uint8Array
  readonly page: number
  readonly entries: readonly ManifestEntry[]
  /** One digest an entry, joined, zeros where it is not known: what the sender knows without reading. Absent: nothing. */
  readonly digests?: Uint8Array
}
/** What the receiver needs of a page. Entries not named: send all of it (folders: made). */
export interface Want {
  readonly type: 'want'
  readonly transfer: Uint8Array
  readonly page: number
  readonly items: readonly WantItem[]
  /** A bit an entry, from the lowest of the first byte on: files that are here with the digest that this manifest page gave. Settles them. */
  readonly identical?: Uint8Array
}
export type WantItem =
  /** Confirmed before, with its digest. */
  | { readonly file: number; readonly kind: 'done'; readonly digest: Uint8Array; readonly finalPath?: string }
  /** Blocks before `offset` of attempt `attempt` are durable. */
  | { readonly file: number; readonly kind: 'resume'; readonly attempt: number; readonly offset: number }
  /** There is a file of this size: its block digests, or for more than one page of them `digests` messages that follow. */
  | { readonly file: number; readonly kind: 'compare'; readonly digests: Uint8Array }
  /** Not wanted: the name is refused, or the user said so. */
  | { readonly file: number; readonly kind: 'refuse'; readonly code: FileRefusal; readonly message: string }
  /** Not yet: a question is open. A `want` for this file alone follows. */
  | { readonly file: number; readonly kind: 'later' }
export type FileRefusal = 'name' | 'collision' | 'conflict' | 'size' | 'disk'

/** Receiver → sender: further block digests of the file to compare with. */
export interface Digests {
  readonly type: 'digests'
  readonly transfer: Uint8Array
  readonly file: number
  readonly firstBlock: number
  readonly digests: Uint8Array
}
/** Sender → receiver: these blocks are equal to yours; take them from there. Covers blocks in order between block messages. */
export interface Same {
  readonly type: 'same'
  readonly transfer: Uint8Array
  readonly file: number
  readonly attempt: number
  readonly firstBlock: number
  readonly count: number
}
/** Receiver → sender: send this block again (it did not verify, or could not be written). */
export interface BlockRequest {
  readonly type: 'block-request'
  readonly transfer: Uint8Array
  readonly file: number
  readonly attempt: number
  readonly offset: number
}
/** Sender → receiver: the source changed; what came of this file is void. Blocks of `attempt` follow. */
export interface FileRestart {
  readonly type: 'file-restart'
  readonly transfer: Uint8Array
  readonly file: number
  readonly attempt: number
  readonly size: number
  readonly mtimeMs: number
  readonly executable: boolean
}
/**
 * Sender → receiver: this file can't be read (any more) and will not come. `superseded` is no failure: it changed between
 * two runs of the same send and comes as another entry, or was removed by then; or the sender's user left it out.
 */
export interface FileFailed {
  readonly type: 'file-failed'
  readonly transfer: Uint8Array
  readonly file: number
  readonly code: 'unreadable' | 'vanished' | 'changing' | 'superseded'
  readonly message: string
}
/** Receiver → sender: transfer ack. Blocks before `offset` are verified, on disk and in the journal. */
export interface Durable {
  readonly type: 'durable'
  readonly transfer: Uint8Array
  readonly file: number
  readonly attempt: number
  readonly offset: number
}
/** Receiver → sender: these files are in place and recorded (or will never be). */
export interface Receipt {
  readonly type: 'receipt'
  readonly transfer: Uint8Array
  readonly items: readonly ReceiptItem[]
}
export interface ReceiptItem {
  readonly file: number
  readonly outcome: 'delivered' | 'identical' | 'failed'
  /** 32 bytes; empty when failed. */
  readonly digest: Uint8Array
  /** When named otherwise than offered. */
  readonly finalPath?: string
  readonly message?: string
}
/** Receiver → sender: every entry is settled and recorded. The sender answers `closed` when it has recorded that too. */
export interface Done { readonly type: 'done'; readonly transfer: Uint8Array }
export interface Closed { readonly type: 'closed'; readonly transfer: Uint8Array }

/** Either way: stop and go on sending blocks of this transfer. `space` and `folder` come from the receiver by itself. */
export interface Hold {
  readonly type: 'hold'
  readonly transfer: Uint8Array
  readonly reason: 'user' | 'space' | 'folder'
  readonly needed?: number
  readonly free?: number
  readonly message?: string
}
export interface Go { readonly type: 'go'; readonly transfer: Uint8Array }
/** Either way: the end of this transfer. By a person, or with `message` because of what went wrong there. */
export interface Cancel {
  readonly type: 'cancel'
  readonly transfer: Uint8Array
  readonly message?: string
}
/** The receiver knows no such transfer of this key. */
export interface Unknown { readonly type: 'unknown'; readonly transfer: Uint8Array }

/** Which folders this device shares with the peer. After every session start that is not a resumption, and when it changes; always all of them. */
export interface FolderList {
  readonly type: 'folder-list'
  readonly folders: readonly SharedFolder[]
}
export interface SharedFolder {
  /** 16 bytes. */
  readonly folder: Uint8Array
  /** For people: hostile text. */
  readonly name: string
  readonly mode: 'two-way' | 'send-only' | 'receive-only'
  /** Of the sender's index of it; 8 bytes, others when that index began anew. */
  readonly epoch: Uint8Array
  /** Highest sequence in that index. */
  readonly sequence: number
  /** What the sender holds of the peer's index; absent: nothing. The peer tells what is above it, if the epoch is its own. */
  readonly held?: { readonly epoch: Uint8Array; readonly sequence: number }
  /** The sender still looks at its files: there may be more than the index says. The list comes again when it has. */
  readonly looking?: boolean
  readonly files: number
  readonly bytes: number
}
/** This device does not want that folder, or no more. */
export interface FolderRefuse { readonly type: 'folder-refuse'; readonly folder: Uint8Array }

/** One name in a shared folder. PROTOCOL.md, section on sync. */
export interface IndexEntry {
  readonly path: string
  readonly kind: 'file' | 'folder' | 'deleted'
  /** Device tags (26 characters) and counters, tags ascending, at most 64. */
  readonly version: readonly (readonly [tag: string, counter: number])[]
  readonly size: number
  readonly mtimeMs: number
  readonly executable: boolean
  /** 32 bytes for a file, else empty. */
  readonly digest: Uint8Array
  readonly modifiedBy: string
}
/** Part of the sender's index: its entries above `from` up to `to`, in the order of their sequence, at most 1024. */
export interface Index {
  readonly type: 'index'
  readonly folder: Uint8Array
  readonly epoch: Uint8Array
  readonly from: number
  readonly to: number
  readonly entries: readonly IndexEntry[]
}
/** All of the peer's index up to `sequence` is recorded here. At most 8 `index` messages may be unanswered. */
export interface IndexAck {
  readonly type: 'index-ack'
  readonly folder: Uint8Array
  readonly epoch: Uint8Array
  readonly sequence: number
}
/** Asks for the digests of a file's blocks. The requester chooses the number, anew for each request of a session. */
export interface SyncDigestsRequest {
  readonly type: 'sync-digests-request'
  readonly request: number
  readonly folder: Uint8Array
  readonly path: string
  readonly version: readonly (readonly [tag: string, counter: number])[]
}
/** In order, from block 0; the last one has `last`. */
export interface SyncDigests {
  readonly type: 'sync-digests'
  readonly request: number
  readonly firstBlock: number
  readonly digests: Uint8Array
  readonly last: boolean
}
/** Asks for blocks. A request names folder, path, version and blocks, never a digest: nobody gets content for knowing its digest. */
export interface SyncGet {
  readonly type: 'sync-get'
  readonly request: number
  readonly folder: Uint8Array
  /** At most 1024, of at most 16 MiB together. A whole file of one block or none: firstBlock 0, count 1. */
  readonly items: readonly SyncGetItem[]
}
export interface SyncGetItem {
  readonly path: string
  readonly version: readonly (readonly [tag: string, counter: number])[]
  readonly firstBlock: number
  readonly count: number
}
/** The answer to a request ends: what did not come as `sync-data` is here with the reason. Also ends a digests request that failed (item 0). */
export interface SyncEnd {
  readonly type: 'sync-end'
  readonly request: number
  readonly missing: readonly { readonly item: number; readonly reason: SyncMissing }[]
}
/** `changed`: another version by now, an index follows. `later`: being read or written there; ask again. `denied`: not shared with you. */
export type SyncMissing = 'changed' | 'gone' | 'unreadable' | 'later' | 'denied'
/** The requester needs no more of it. */
export interface SyncCancel { readonly type: 'sync-cancel'; readonly request: number }

/** Never sequenced. */
export type UnsequencedMessage = Hello | Ping | Pong | Close

export type PairingMessage = PairCommit | PairNonce | PairReveal | PairConfirm | PairCancel
export type TransferMessage =
  | Offer | OfferReply | Manifest | Want | Digests | Same | BlockRequest | FileRestart | FileFailed | Durable | Receipt
  | Done | Closed | Hold | Go | Cancel | Unknown
export type SyncMessage = FolderList | FolderRefuse | Index | IndexAck | SyncDigestsRequest | SyncDigests | SyncGet | SyncEnd | SyncCancel
export type ControlMessage = PairingMessage | TransferMessage | SyncMessage

/** Frame type numbers of the bulk messages. */
export const BLOCK = 0x80
export const PACK = 0x81
export const SYNC_DATA = 0x90
