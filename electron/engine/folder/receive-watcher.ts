import { realpathSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { Event } from '@parcel/watcher'
import { HoldfastError, toErrorData } from '../../../shared/errors.ts'
import type { Clock } from '../util/clock.ts'
import { ENGINE_FOLDER } from './path-gate.ts'

/** How often it is looked whether the folder is still there: an unmount is nobody's event. */
const LOOK_MS = 5_000
const LOOK_WHILE_GONE_MS = 1_000
/** After folders were made, the system's watches are laid anew: those of folders made quickly inside each other get lost. */
const RENEW_MS = 2_000

/** What happened below the folder: slash-separated and relative to it. Of a folder that moved, only itself may be named. */
export interface FolderChanges {
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly deleted: readonly string[]
}

export interface WatcherPorts {
  readonly clock: Clock
  /** Throws why nothing can be received here: FOLDER_MISSING, FOLDER_READ_ONLY, DISK_FULL, DISK_ERROR. */
  check(): void
  changed(changes: FolderChanges): void
  /** Something may have been missed: at the start, and after the folder was gone. */
  unsure(): void
  /** Undefined: all is well again. Each is said once. */
  problem(problem: HoldfastError | undefined): void
}

type Subscribe = (folder: string, changed: (error: Error | null, events: readonly Event[]) => void, ignore: readonly string[]) => Promise<() => Promise<void>>

/**
 * Watches one receive folder for as long as it lives, through its vanishing and return. Sees names only: opens nothing.
 * The engine's own folder in it is not watched.
 */
export class ReceiveWatcher {
  readonly root: string
  readonly #ports: WatcherPorts
  readonly #subscribe: Subscribe
  #stop: (() => Promise<void>) | undefined
  #working: Promise<void> = Promise.resolve()
  /** The root's identity while it is watched. */
  #watched: string | undefined
  #problem: HoldfastError | undefined
  #cancelLook: () => void = () => undefined
  #cancelRenew: (() => void) | undefined
  #lays = 0
  #closed = false

  constructor(root: string, ports: WatcherPorts, subscribe: Subscribe = subscribeNatively) {
    this.root = resolve(root)
    this.#ports = ports
    this.#subscribe = subscribe
  }

  get problem(): HoldfastError | undefined {
    return this.#problem
  }

  /** Resolves when it watches, or knows that it cannot. */
  async start(): Promise<void> {
    this.look()
    await this.#working
  }

  /** Looks now whether the folder is there, and is the one that is watched. */
  look(): void {
    if (this.#closed) return
    this.#cancelLook()
    this.#look()
    this.#cancelLook = this.#ports.clock.after(this.#watched === undefined ? LOOK_WHILE_GONE_MS : LOOK_MS, () => this.look())
  }

  /** Folders were made below it: the watches are laid anew soon, without a gap. */
  renew(): void {
    if (this.#closed || this.#watched === undefined) return
    this.#cancelRenew?.()
    this.#cancelRenew = this.#ports.clock.after(RENEW_MS, () => {
      this.#cancelRenew = undefined
      const identity = this.#watched
      if (identity !== undefined) this.#then(() => this.#lay(identity))
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelLook()
    this.#cancelRenew?.()
    await this.#working
    await this.#unwatch()
  }

  #look(): void {
    let problem: HoldfastError | undefined
    try {
      this.#ports.check()
    } catch (error) {
      problem = error instanceof HoldfastError ? error : HoldfastError.from(toErrorData(error))
    }
    const identity = identityOf(this.root)
    if (identity === undefined && problem === undefined) return
    if (this.#watched !== undefined && this.#watched !== identity) {
      this.#watched = undefined
      this.#then(() => this.#unwatch())
    }
    if (identity !== undefined && this.#watched === undefined) {
      this.#watched = identity
      this.#then(() => this.#lay(identity).then(() => this.#ports.unsure()))
    }
    this.#say(problem)
  }

  #say(problem: HoldfastError | undefined): void {
    if (this.#problem?.code === problem?.code) return
    this.#problem = problem
    this.#ports.problem(problem)
  }

  /** The new subscription stands before the old one ends. Where the system refuses one, looking now and then must do. */
  async #lay(identity: string): Promise<void> {
    if (this.#closed || this.#watched !== identity) return
    const before = this.#stop
    try {
      const real = realpathSync(this.root)
      // A list of its own makes it a watch of its own, not a share in the one before.
      const ignore = [join(real, ENGINE_FOLDER), join(real, ENGINE_FOLDER, String((this.#lays += 1)))]
      this.#stop = await this.#subscribe(real, (error, events) => this.#hear(real, error, events), ignore)
    } catch {
      if (this.#watched === identity && before === undefined) this.#watched = undefined
      return
    }
    await before?.()
  }

  async #unwatch(): Promise<void> {
    const stop = this.#stop
    this.#stop = undefined
    await stop?.().catch(() => undefined)
  }

  #hear(real: string, error: Error | null, events: readonly Event[]): void {
    if (this.#closed) return
    if (error) {
      this.#watched = undefined
      this.#then(() => this.#unwatch())
      return this.look()
    }
    const changes = { created: [] as string[], updated: [] as string[], deleted: [] as string[] }
    const lists = { create: changes.created, update: changes.updated, delete: changes.deleted }
    for (const { type, path } of events) {
      if (path === real) {
        if (type === 'delete') this.look()
        continue
      }
      const below = relative(real, path).split(sep).join('/')
      if (below !== '' && !below.startsWith('../') && !below.toLowerCase().startsWith(ENGINE_FOLDER)) lists[type].push(below)
    }
    if (events.length > 0) this.#ports.changed(changes)
  }

  #then(work: () => Promise<void>): void {
    this.#working = this.#working.then(work).catch(() => undefined)
  }
}

function identityOf(root: string): string | undefined {
  const found = statSync(root, { throwIfNoEntry: false })
  return found?.isDirectory() ? `${found.dev}:${found.ino}` : undefined
}

/** Loaded when first needed: an engine that only sends never watches. */
const subscribeNatively: Subscribe = async (folder, changed, ignore) => {
  const { default: watcher } = await import('@parcel/watcher')
  const subscription = await watcher.subscribe(folder, changed, { ignore: [...ignore] })
  return () => subscription.unsubscribe()
}
