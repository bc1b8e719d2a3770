import type { ConflictPolicy } from '../../shared/model/transfer.ts'

/** How an engine is started. What is given overrides the stored settings for this run. Structured-clonable. */
export interface EngineOptions {
  /** Absolute; created when missing (mode 0700). */
  readonly home: string
  /** `false`: does not accept connections (plain `send`). Port 0 picks one. */
  readonly listen?: { readonly host: string; readonly port: number } | false
  /** Absolute; created when missing. */
  readonly receiveFolder?: string
  readonly accept?: 'paired' | 'anyone'
  readonly onConflict?: ConflictPolicy
  readonly discovery: boolean
  /** Unfinished sends in the journal: `none` leaves them alone, for `send` runs only its own. */
  readonly continueTransfers: 'all' | 'none'
  /**
   * Shared folders: `keep` them in sync; `look`: learn what is to be done, and do nothing; `none`: only answer about them.
   * Absent: `keep` where unfinished sends go on too.
   */
  readonly syncFolders?: 'keep' | 'look' | 'none'
  /** A window is on the same machine: its threads give way to it. */
  readonly givesWay?: boolean
  readonly name?: string
  /** Of the program, for people and for `hello`. */
  readonly version: string
}
