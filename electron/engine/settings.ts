import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../../shared/model/settings.ts'
import type { EngineOptions } from './engine-options.ts'
import type { SettingsStore } from './journal/ports.ts'
import { userHome } from './util/user-home.ts'

/** The port of DESIGN.md section 7. */
export const DEFAULT_PORT = 4680

function defaults(home: string): Settings {
  // A service may have no home folder but the engine's.
  const own = userHome() || home
  const downloads = join(own, 'Downloads')
  return {
    name: hostname() || 'Holdfast',
    receiveFolder: join(existsSync(downloads) ? downloads : own, 'Holdfast'),
    listen: { host: '::', port: DEFAULT_PORT },
    accept: 'paired',
    onConflict: 'keep-both',
    discovery: true,
    maxSendBytesPerSecond: 0,
    maxReceiveBytesPerSecond: 0,
    startAtLogin: false,
    theme: 'system',
    notifications: true,
    plain: { enabled: false, host: '127.0.0.1', port: 4681, framing: 'eof', maxMessageBytes: 1_000_000_000, maxConnections: 32 },
  }
}

/** Stored settings over defaults, and what was given for this run over both. */
export class EngineSettings {
  readonly #defaults: Settings
  readonly #store: SettingsStore
  readonly #overrides: Partial<Settings>
  #current: Settings

  constructor(store: SettingsStore, options: EngineOptions) {
    this.#defaults = defaults(options.home)
    this.#store = store
    this.#overrides = {
      ...(options.name === undefined ? {} : { name: options.name }),
      ...(options.receiveFolder === undefined ? {} : { receiveFolder: options.receiveFolder }),
      ...(options.accept === undefined ? {} : { accept: options.accept }),
      ...(options.onConflict === undefined ? {} : { onConflict: options.onConflict }),
      ...(options.listen ? { listen: options.listen } : {}),
      ...(options.discovery ? {} : { discovery: false }),
    }
    this.#current = this.#merge()
  }

  get current(): Settings {
    return this.#current
  }

  set(patch: Partial<Settings>): Settings {
    this.#store.set(patch)
    // What the user sets now counts more than what this run was started with.
    for (const key of Object.keys(patch) as (keyof Settings)[]) delete (this.#overrides as Partial<Record<keyof Settings, unknown>>)[key]
    this.#current = this.#merge()
    return this.#current
  }

  #merge(): Settings {
    return { ...this.#defaults, ...this.#store.get(), ...this.#overrides }
  }
}
