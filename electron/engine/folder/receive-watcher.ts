import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { HoldfastError, toErrorData } from '../../../shared/errors.ts'
import type { Clock } from '../util/clock.ts'
import { ENGINE_FOLDER } from './path-gate.ts'
import { watchTree, type TreeEvent, type WatchTree } from './watch-tree.ts'

/** How often it is looked whether the folder is still there: an unmount is nobody's event. */
const LOOK_MS = 5_000
const LOOK_WHILE_GONE_MS = 1_000
/** From the last wish for new watches until they are laid. */
const RENEW_MS = 2_000
/** And from the first: laying reads the whole tree, so while folders pour in it is rare. */
const RENEW_AT_LATEST_MS = 30_000

const MOST_TRIES = 4
/** Where the system has no more watches to give, every try reads the tree until it is refused, and everything is looked at then. */
const REFUSED_MS = 60_000
/** Longer than the watcher gathers events for: those it has not told when it is stopped are lost. */
const OVERLAP_MS = 1_000

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
  /** Of names that begin like the engine's folder, which are not told otherwise. */
  sees?(path: string): boolean
  /** Something may have been missed: at the start, and after the folder was gone. */
  unsure(): void
  /** Undefined: all is well again. Each is said once. */
  problem(problem: HoldfastError | undefined): void
}

interface Renewal {
  readonly byMs: number
  readonly laid: Promise<void>
  readonly done: () => void
  cancel: () => void
}

/**
 * Watches one receive folder for as long as it lives, through its vanishing and return. Sees names only: opens nothing.
 * The engine's own folder in it is not watched.
 *
 * It promises: whoever looks after `unsure`, or after `renew` has resolved, and then again wherever `changed` says, sees
 * the truth of every folder that was there by then, within a second or so. It does not promise that everything is told
 * (see `watchTree`): a file that came and went at once is not, nor what the system dropped when its queue ran over, which
 * may be a new folder with all that happens in it. So whoever knows that something was made (a delivery, a folder that was
 * told of) and is not told of it in time looks for himself, asks to renew, and looks once more. What happens before `unsure`
 * or while the folder is gone is not told at all.
 */
export class ReceiveWatcher {
  readonly root: string
  readonly #ports: WatcherPorts
  readonly #watchTree: WatchTree
  #stop: (() => Promise<void>) | undefined
  /** Ends the subscription before, which tells the last of what it knows. */
  #stopBefore: (() => Promise<void>) | undefined
  #working: Promise<void> = Promise.resolve()
  /** The root's identity while it is watched. */
  #watched: string | undefined
  #refused: { readonly identity: string; readonly untilMs: number } | undefined
  #problem: HoldfastError | undefined
  #cancelLook: () => void = () => undefined
  #renewal: Renewal | undefined
  #closed = false

  constructor(root: string, ports: WatcherPorts, watch: WatchTree = watchTree) {
    this.root = resolve(root)
    this.#ports = ports
    this.#watchTree = watch
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

  /**
   * Folders were made below it, or something there was not told: the watches are laid anew soon, without a gap. Resolves
   * when those stand that were laid after this call, or none can be. Undefined: the folder is not watched at all.
   */
  renew(): Promise<void> | undefined {
    if (this.#closed || this.#watched === undefined) return undefined
    const nowMs = this.#ports.clock.monotonic()
    const renewal = (this.#renewal ??= newRenewal(nowMs + RENEW_AT_LATEST_MS))
    renewal.cancel()
    renewal.cancel = this.#ports.clock.after(Math.max(0, Math.min(RENEW_MS, renewal.byMs - nowMs)), () => {
      this.#renewal = undefined
      this.#then(async () => {
        if (this.#watched !== undefined) await this.#lay(this.#watched)
      })
      void this.#working.then(renewal.done)
    })
    return renewal.laid
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#cancelLook()
    this.#renewal?.cancel()
    this.#renewal?.done()
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
    // What became of it since, or came in its place, is another matter.
    if (this.#refused?.identity !== identity) this.#refused = undefined
    if (identity === undefined && problem === undefined) return
    if (this.#watched !== undefined && this.#watched !== identity) {
      this.#watched = undefined
      this.#then(() => this.#unwatch())
    }
    if (identity !== undefined && this.#watched === undefined && this.#ports.clock.monotonic() >= (this.#refused?.untilMs ?? -Infinity)) {
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

  /** The new subscription stands well before the old one ends. Where the system refuses one, looking once a minute must do. */
  async #lay(identity: string): Promise<void> {
    if (this.#closed || this.#watched !== identity) return
    const before = this.#stop
    const stop = await this.#subscribe()
    if (!stop) {
      if (this.#watched !== identity || before !== undefined) return
      this.#watched = undefined
      if (identityOf(this.root) === identity) this.#refused = { identity, untilMs: this.#ports.clock.monotonic() + REFUSED_MS }
      return
    }
    this.#stop = stop
    await this.#stopBefore?.()
    if (before) this.#endLater(before)
  }

  /** A folder that goes while the tree is read is reason enough for the system to refuse. */
  async #subscribe(): Promise<(() => Promise<void>) | undefined> {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      try {
        return await this.#watchTree(this.root, (error, events) => this.#hear(error, events))
      } catch {
        // Once more, from the start.
      }
    }
    return undefined
  }

  #endLater(stop: () => Promise<void>): void {
    const end = async (): Promise<void> => {
      cancel()
      if (this.#stopBefore === end) this.#stopBefore = undefined
      await stop().catch(() => undefined)
    }
    const cancel = this.#ports.clock.after(OVERLAP_MS, () => this.#then(() => (this.#stopBefore === end ? end() : Promise.resolve())))
    this.#stopBefore = end
  }

  async #unwatch(): Promise<void> {
    const stop = this.#stop
    this.#stop = undefined
    await this.#stopBefore?.()
    await stop?.().catch(() => undefined)
  }

  #hear(error: Error | undefined, events: readonly TreeEvent[]): void {
    if (this.#closed) return
    // One that is told of the folder's own end hears nothing more, also where it was the same folder that came back.
    const over = error !== undefined || events.some(({ type, path }) => type === 'delete' && path === '')
    if (over) {
      this.#watched = undefined
      this.#then(() => this.#unwatch())
      this.look()
    }
    const changes = { created: [] as string[], updated: [] as string[], deleted: [] as string[] }
    const lists = { create: changes.created, update: changes.updated, delete: changes.deleted }
    for (const { type, path } of events) {
      if (path !== '' && !path.startsWith('../') && (!path.toLowerCase().startsWith(ENGINE_FOLDER) || this.#ports.sees?.(path))) lists[type].push(path)
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

function newRenewal(byMs: number): Renewal {
  let done: () => void = () => undefined
  const laid = new Promise<void>((resolvePromise) => {
    done = resolvePromise
  })
  return { byMs, laid, done, cancel: () => undefined }
}
