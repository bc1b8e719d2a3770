import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createApplication, type Application } from '../../electron/application/application.ts'
import type { PlatformPorts } from '../../electron/application/ports.ts'
import type { AppEventName, AppInfo } from '../../shared/ipc/app-contract.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { FakeEngine } from '../support/fake-engine.ts'

const INFO: AppInfo = { kind: 'electron', platform: 'linux', version: '0.1.0', canOpen: true, canStartAtLogin: true, canNotify: true, canChoose: true }

export interface ApplicationFixture {
  readonly root: string
  readonly home: string
  readonly engine: FakeEngine
  readonly clock: FakeClock
  readonly application: Application
  readonly events: { readonly event: AppEventName; readonly payload: unknown }[]
  readonly opened: string[]
  readonly shown: string[]
  close(): Promise<void>
}

/** An application over a fake engine, with a platform that only remembers what it was asked. */
export async function applicationFixture(platform: Partial<PlatformPorts> = {}): Promise<ApplicationFixture> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-application-'))
  const engine = new FakeEngine()
  const clock = new FakeClock()
  const opened: string[] = []
  const shown: string[] = []
  const events: { event: AppEventName; payload: unknown }[] = []
  const home = join(root, 'home')
  const application = createApplication({
    engine,
    home,
    clock,
    platform: {
      info: INFO,
      openPath: async (path) => void opened.push(path),
      showInFolder: (path) => void shown.push(path),
      ...platform,
    },
  })
  application.subscribe((event, payload) => events.push({ event, payload }))
  return {
    root,
    home,
    engine,
    clock,
    application,
    events,
    opened,
    shown,
    async close() {
      application.close()
      await rm(root, { recursive: true, force: true })
    },
  }
}
