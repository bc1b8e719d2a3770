import { spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** A helper that has had nothing to do for so long ends. */
const IDLE_MS = 10_000
/** A line in, a sync, its exit code out. Not in the folder, for that would keep its volume from being unmounted. */
const SCRIPT = 'while read -r _; do sync -f "$1"; echo $?; done'

/** One small process that syncs the volume of one folder whenever it is told to. Ends with this one, however that ends. */
interface Helper {
  readonly folder: string
  /** The exit code of `sync -f`; undefined when the helper itself is gone. */
  sync(): Promise<number | undefined>
  end(): void
}

let helper: Helper | undefined

/**
 * Gets ready to sync the volume of `folder`. Starting a program out of this large process holds its thread up for several
 * milliseconds: better once, before there is anything to wait for, than at each commit.
 */
export function prepareSyncHelper(folder: string): void {
  if (helper?.folder === folder) return
  helper?.end()
  helper = startHelper(folder)
}

/** coreutils' and busybox' `sync -f` call syncfs, which reports failed writes (Linux 5.8). False: it did not work. */
export async function syncByHelper(folder: string): Promise<boolean> {
  prepareSyncHelper(folder)
  return (await helper?.sync()) === 0
}

function startHelper(folder: string): Helper {
  const child = spawn('sh', ['-c', SCRIPT, 'sh', folder], { cwd: '/', stdio: ['pipe', 'pipe', 'ignore'] })
  const waiting: ((code: number | undefined) => void)[] = []
  let text = ''
  const gone = () => {
    clearTimeout(idle)
    if (helper === own) helper = undefined
    for (const resolve of waiting.splice(0)) resolve(undefined)
  }
  child.once('error', gone)
  child.once('close', gone)
  child.stdin.on('error', () => undefined)
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) waiting.shift()?.(Number(line))
    if (waiting.length === 0) hold(false)
  })
  // Only a sync under way keeps the thread.
  const hold = (on: boolean) => {
    for (const handle of [child, child.stdin as Writable & Partial<NodeJS.RefCounted>, child.stdout as Readable & Partial<NodeJS.RefCounted>]) {
      if (on) handle.ref?.()
      else handle.unref?.()
    }
  }
  hold(false)
  const own: Helper = {
    folder,
    sync: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.pid === undefined) return resolve(undefined)
        idle.refresh()
        waiting.push(resolve)
        hold(true)
        child.stdin.write('\n')
      }),
    end: () => child.stdin.end(),
  }
  const idle = setTimeout(() => {
    if (helper === own) helper = undefined
    own.end()
  }, IDLE_MS).unref()
  return own
}
