import { readFile } from 'node:fs/promises'

export interface ProcessUse {
  /** Resident now. */
  readonly rssBytes: number
  /** The most it ever was (VmHWM). */
  readonly peakRssBytes: number
  /** User and system time of the process and its reaped children. */
  readonly cpuSeconds: number
}

/** Of `getconf CLK_TCK`; 100 on every Linux that Node supports. */
const TICKS_PER_SECOND = 100

/** What a process uses, from /proc; null where there is no /proc or the process is gone. */
export async function readProcessUse(pid: number): Promise<ProcessUse | null> {
  try {
    const [status, stat] = await Promise.all([readFile(`/proc/${pid}/status`, 'utf8'), readFile(`/proc/${pid}/stat`, 'utf8')])
    const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? NaN)
    // The second field is a name that may contain spaces and parentheses: fields count from its end. See proc(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
    const rssBytes = kibibytes('VmRSS') * 1024
    if (Number.isNaN(rssBytes)) return null // a zombie
    return { rssBytes, peakRssBytes: kibibytes('VmHWM') * 1024, cpuSeconds: ticks / TICKS_PER_SECOND }
  } catch {
    return null
  }
}
