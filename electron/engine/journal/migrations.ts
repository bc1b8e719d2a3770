import { HoldfastError } from '../../../shared/errors.ts'
import type { Sqlite } from './sqlite.ts'

/**
 * Schema changes, in order; number n (counted from 1) leads to `user_version` n. A released one is never edited: add
 * another. What a page is changed by (`page_progress`) stands apart from its entries, which never change, so that
 * recording progress does not write the names again.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE devices (
    id TEXT PRIMARY KEY,
    public_key BLOB NOT NULL,
    name TEXT,
    peer_name TEXT NOT NULL,
    trust TEXT NOT NULL,
    policy TEXT NOT NULL,
    addresses TEXT NOT NULL,
    paired_at_ms INTEGER,
    last_seen_ms INTEGER,
    received_bytes INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE transfers (
    id TEXT PRIMARY KEY,
    direction TEXT NOT NULL,
    device_id TEXT NOT NULL,
    device_name TEXT NOT NULL,
    state TEXT NOT NULL,
    ended INTEGER NOT NULL,
    roots TEXT NOT NULL,
    folder TEXT NOT NULL,
    sources_key TEXT NOT NULL,
    sources TEXT NOT NULL,
    target TEXT,
    on_conflict TEXT,
    renamed_roots TEXT,
    bytes INTEGER NOT NULL,
    total_bytes INTEGER NOT NULL,
    files INTEGER NOT NULL,
    total_files INTEGER NOT NULL,
    total_entries INTEGER NOT NULL,
    counters TEXT NOT NULL,
    queue_order REAL NOT NULL,
    created_at_ms INTEGER NOT NULL,
    finished_at_ms INTEGER,
    active_ms INTEGER NOT NULL
  );
  CREATE INDEX transfers_queue ON transfers (queue_order, created_at_ms) WHERE ended = 0;
  CREATE INDEX transfers_history ON transfers (finished_at_ms DESC, created_at_ms DESC) WHERE ended = 1;
  CREATE INDEX transfers_sources ON transfers (sources_key, device_id) WHERE ended = 0;
  CREATE INDEX transfers_device ON transfers (device_id);

  CREATE TABLE pages (
    transfer_id TEXT NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    entries BLOB NOT NULL,
    PRIMARY KEY (transfer_id, page)
  );
  CREATE TABLE page_progress (
    transfer_id TEXT NOT NULL,
    page INTEGER NOT NULL,
    states BLOB NOT NULL,
    digests BLOB NOT NULL,
    details BLOB NOT NULL,
    PRIMARY KEY (transfer_id, page),
    FOREIGN KEY (transfer_id, page) REFERENCES pages (transfer_id, page) ON DELETE CASCADE
  );
  CREATE TABLE blocks (
    transfer_id TEXT NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,
    file INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    first_block INTEGER NOT NULL,
    digests BLOB NOT NULL,
    PRIMARY KEY (transfer_id, file, attempt, first_block)
  );
  `,
  // What has arrived: derived from the pages, and kept when a transfer is removed. `now_path`: where it is, when not at `path`.
  `
  CREATE TABLE received_sources (
    id INTEGER PRIMARY KEY,
    transfer_id TEXT UNIQUE,
    folder TEXT NOT NULL,
    device_id TEXT,
    device_name TEXT,
    indexed INTEGER NOT NULL
  );
  CREATE INDEX received_sources_folder ON received_sources (folder);

  CREATE TABLE received (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id INTEGER NOT NULL REFERENCES received_sources (id),
    path TEXT NOT NULL,
    now_path TEXT,
    size INTEGER NOT NULL,
    digest BLOB,
    received_at_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    altered INTEGER NOT NULL,
    inode INTEGER,
    seen_size INTEGER,
    seen_mtime_ms REAL,
    UNIQUE (path, source_id)
  );
  CREATE INDEX received_now ON received (now_path) WHERE now_path IS NOT NULL;
  CREATE INDEX received_inode ON received (inode) WHERE inode IS NOT NULL;
  `,
  'ALTER TABLE transfers ADD COLUMN shown_bytes INTEGER',
  // Shared folders. `key`: the path with U+0001 for '/', whose order is the order of the tree. Members are named by number, and
  // what is counted is counted here, for there are hundreds of thousands of entries.
  `
  CREATE TABLE sync_folders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    mode TEXT NOT NULL,
    paused INTEGER NOT NULL,
    created_at_ms INTEGER NOT NULL,
    last_scan_ms INTEGER,
    epoch TEXT NOT NULL,
    sequence INTEGER NOT NULL DEFAULT 0,
    files INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    changed_here INTEGER NOT NULL DEFAULT 0,
    conflicts INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0,
    problems INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE sync_members (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    folder INTEGER NOT NULL REFERENCES sync_folders (number) ON DELETE CASCADE,
    device_id TEXT NOT NULL,
    state TEXT NOT NULL,
    held_epoch TEXT,
    held_sequence INTEGER,
    told_epoch TEXT,
    told_sequence INTEGER,
    last_in_sync_ms INTEGER,
    same_files INTEGER NOT NULL DEFAULT 0,
    same_bytes INTEGER NOT NULL DEFAULT 0,
    UNIQUE (folder, device_id)
  );

  CREATE TABLE sync_local (
    folder INTEGER NOT NULL,
    key TEXT NOT NULL,
    kind INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    version TEXT NOT NULL,
    modified_by NOT NULL,
    size INTEGER NOT NULL,
    mtime_ms INTEGER NOT NULL,
    executable INTEGER NOT NULL,
    digest BLOB,
    stamp_size INTEGER,
    stamp_mtime_ms REAL,
    stamp_ctime_ms REAL,
    stamp_inode INTEGER,
    changed_here INTEGER NOT NULL,
    conflict INTEGER NOT NULL,
    PRIMARY KEY (folder, key)
  ) WITHOUT ROWID;
  CREATE UNIQUE INDEX sync_local_sequence ON sync_local (folder, sequence);
  CREATE INDEX sync_local_digest ON sync_local (folder, substr(digest, 1, 8)) WHERE digest IS NOT NULL;
  CREATE INDEX sync_local_conflicts ON sync_local (folder, key) WHERE conflict = 1;

  CREATE TABLE sync_remote (
    folder INTEGER NOT NULL,
    key TEXT NOT NULL,
    member INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    version TEXT NOT NULL,
    modified_by NOT NULL,
    size INTEGER NOT NULL,
    mtime_ms INTEGER NOT NULL,
    executable INTEGER NOT NULL,
    digest BLOB,
    PRIMARY KEY (folder, key, member)
  ) WITHOUT ROWID;

  CREATE TABLE sync_open (
    folder INTEGER NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (folder, key)
  ) WITHOUT ROWID;
  CREATE TABLE sync_blocks (
    folder INTEGER NOT NULL,
    digest BLOB NOT NULL,
    blocks BLOB NOT NULL,
    PRIMARY KEY (folder, digest)
  );
  CREATE TABLE sync_problems (
    folder INTEGER NOT NULL,
    path TEXT NOT NULL,
    error TEXT NOT NULL,
    code TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (folder, path)
  ) WITHOUT ROWID;
  CREATE TABLE sync_activity (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    folder INTEGER NOT NULL,
    item TEXT NOT NULL
  );
  CREATE INDEX sync_activity_folder ON sync_activity (folder);
  `,
  // What a receive knows of its files in place, and the way from a transfer to the one before it like it.
  `
  CREATE TABLE page_seals (
    transfer_id TEXT NOT NULL REFERENCES transfers (id) ON DELETE CASCADE,
    page INTEGER NOT NULL,
    seals BLOB NOT NULL,
    PRIMARY KEY (transfer_id, page)
  );
  CREATE INDEX transfers_like ON transfers (direction, device_id, folder, roots, created_at_ms) WHERE ended = 1;
  `,
  // What every start and every send asks, without a look at each transfer there ever was.
  `
  CREATE INDEX transfers_order ON transfers (queue_order);
  CREATE INDEX transfers_received ON transfers (folder, created_at_ms, id) WHERE direction = 'receive';
  `,
  // How much of what a sync replaces and deletes is kept.
  `
  ALTER TABLE sync_folders ADD COLUMN trash_limit_bytes INTEGER;
  `,
]

/** Brings the schema up to date, all or nothing. Throws JOURNAL_NEWER when a later Holdfast has written it. */
export function migrate(database: Sqlite, migrations: readonly string[] = MIGRATIONS): void {
  const found = Number(database.pragma('user_version'))
  if (found > migrations.length) {
    throw new HoldfastError(
      'JOURNAL_NEWER',
      `The journal ${database.file} was written by a newer Holdfast (schema ${found}, this one knows ${migrations.length}). ` +
        'Update Holdfast, or use another --home.',
      { details: { file: database.file } },
    )
  }
  if (found === migrations.length) return
  database.transaction(() => {
    for (const sql of migrations.slice(found)) database.execute(sql)
    database.pragma(`user_version = ${migrations.length}`)
  })
}
