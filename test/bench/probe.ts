import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How late one thread's event loop was, ms over the time between two turns. */
export interface ThreadProbe {
  /** `send`, `receive`. */
  readonly command: string
  readonly thread: 'main' | 'worker'
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const PRELOAD = new URL('./loop-probe.mjs', import.meta.url).href

/** Runs `act` with an environment that makes Node processes write down their event loops' delays; the worst thread of each kind. */
export async function probeLoops(act: (environment: Readonly<Record<string, string>>) => Promise<void>): Promise<ThreadProbe[]> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-probe-'))
  try {
    await act({ NODE_OPTIONS: `--import=${PRELOAD}`, HOLDFAST_PROBE_DIR: folder })
    const found = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { threadId: number } & Omit<ThreadProbe, 'thread'>)
    const worst = new Map<string, ThreadProbe>()
    for (const { threadId, ...facts } of found) {
      const probe: ThreadProbe = { ...facts, thread: threadId === 0 ? 'main' : 'worker' }
      const key = `${probe.command} ${probe.thread}`
      const before = worst.get(key)
      if (!before || before.p99 < probe.p99) worst.set(key, probe)
    }
    return [...worst.values()].sort((a, b) => (a.command + a.thread < b.command + b.thread ? -1 : 1))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
