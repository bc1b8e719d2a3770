/** Every number a peer could choose, and its cap. PROTOCOL.md explains each. */

/** Protocol constant: a file's blocks. */
export const BLOCK_BYTES = 1024 * 1024
export const DIGEST_BYTES = 32
export const TRANSFER_ID_BYTES = 16

/** length (u32) + type (u8) + id (u64) + ack (u64) */
export const FRAME_HEADER_BYTES = 21
/** transfer (16) + file (u32) + attempt (u32) + offset (u64) + digest (32) */
export const BLOCK_HEADER_BYTES = 64
/** transfer (16) + count (u32) */
export const PACK_HEADER_BYTES = 20
/** file (u32) + attempt (u32) + length (u32) + digest (32) */
export const PACK_ENTRY_BYTES = 44
/** Files up to this size travel in packs: opened, written, closed and made durable together, instead of each by itself. */
export const PACK_FILE_BYTES = 512 * 1024
/** A pack is closed before its bytes exceed this; a larger file has one to itself. */
export const PACK_TARGET_BYTES = 256 * 1024
export const PACK_MAX_ENTRIES = 1024
/** Body of a block or pack frame. */
export const MAX_BULK_BODY_BYTES = BLOCK_HEADER_BYTES + BLOCK_BYTES
/** A pool buffer holds a whole bulk frame, header slot included. */
export const BULK_BUFFER_BYTES = FRAME_HEADER_BYTES + MAX_BULK_BODY_BYTES
/** Body of any other frame. */
export const MAX_CONTROL_BODY_BYTES = 512 * 1024
/** Control body before the peer has said hello, and from unpaired peers without an accepted transfer. */
export const MAX_STRANGER_BODY_BYTES = 64 * 1024

export const PAGE_ENTRIES = 1024
/** A manifest page is closed early when its paths reach this. */
export const PAGE_PATH_BYTES = 192 * 1024
export const MAX_PATH_BYTES = 4096
export const MAX_PATH_DEPTH = 128
/** Pages a sender may have under way beyond the last settled one. */
export const MAX_OPEN_PAGES = 8
export const MAX_FILES = 2 ** 31
export const MAX_FILE_BYTES = 2 ** 50
export const MAX_ROOTS = 10_000
export const MAX_NAME_BYTES = 256
export const MAX_OPEN_TRANSFERS_PER_PEER = 64

/** The last id a session gives out, so that ids stay exact as JavaScript numbers. At 1 GB/s of blocks: 285,000 years. */
export const MAX_SEQUENCE = Number.MAX_SAFE_INTEGER
/** File numbers are u32: page × PAGE_ENTRIES + position. */
export const MAX_PAGES = 2 ** 22
export const MAX_FILE_NUMBER = 2 ** 32 - 1
/** How often one file may begin anew. */
export const MAX_ATTEMPT = 2 ** 32 - 1
/** Root names in an offer, for people. */
export const MAX_OFFER_ROOTS = 20
/** Text for people in any message; longer text is cut by the sender. */
export const MAX_TEXT_BYTES = 1024
export const MAX_RECEIPT_ITEMS = 1024
/** Digests in one `digests` message or one `compare` item. */
export const MAX_DIGESTS = 8192
export const MAX_CBOR_DEPTH = 8

/** 16 bytes name a shared folder, 8 the beginning of an index. */
export const FOLDER_ID_BYTES = 16
export const EPOCH_BYTES = 8
/** Folders that one device shares with another. */
export const MAX_SHARED_FOLDERS = 512
/** Entries of one `index` message, items of one `sync-get`, pieces of one `sync-data`. */
export const MAX_INDEX_ENTRIES = 1024
export const MAX_GET_ITEMS = 1024
export const MAX_SYNC_PIECES = 1024
/** Of a message with a list of paths: its sender closes the list when the items reach this (`indexEntryBytes`, `getItemBytes`). */
export const MAX_LIST_BYTES = 480 * 1024
/** What one `sync-get` may ask for. */
export const MAX_GET_BYTES = 16 * 1024 * 1024
export const MAX_GET_BLOCKS = MAX_GET_BYTES / BLOCK_BYTES
/** Unanswered `index` messages. */
export const MAX_OPEN_INDEXES = 8
/** Devices in one version: a file that more of them have edited is not accepted. */
export const MAX_VERSION_PAIRS = 64
export const DEVICE_TAG_LENGTH = 26
export const MAX_REQUEST = 2 ** 32 - 1
/** request (u32) + count (u32) */
export const SYNC_DATA_HEADER_BYTES = 8
/** item (u32) + block (u32) + length (u32) */
export const SYNC_PIECE_BYTES = 12
