import type { Command } from './command.ts'

export interface CommandEntry {
  /** One or two words, as typed. */
  readonly name: string
  readonly summary: string
  /** Loaded when it is called: starting stays quick. */
  load(): Promise<{ readonly command: Command }>
}

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'receive', summary: 'receive files until a signal', load: () => import('./commands/receive.ts') },
  { name: 'send', summary: 'send files and folders', load: () => import('./commands/send.ts') },
  { name: 'pair', summary: 'pair with another device', load: () => import('./commands/pair.ts') },
  { name: 'devices', summary: 'list known devices', load: () => import('./commands/devices.ts') },
  { name: 'forget', summary: 'unpair a device', load: () => import('./commands/forget.ts') },
  { name: 'requests', summary: 'list what waits for an answer', load: () => import('./commands/requests.ts') },
  { name: 'accept', summary: 'say yes to a request or a pairing', load: () => import('./commands/accept.ts') },
  { name: 'refuse', summary: 'say no to a request or a pairing', load: () => import('./commands/refuse.ts') },
  { name: 'transfers', summary: 'list unfinished transfers', load: () => import('./commands/transfers.ts') },
  { name: 'pause', summary: 'pause transfers', load: () => import('./commands/pause.ts') },
  { name: 'resume', summary: 'resume transfers', load: () => import('./commands/resume.ts') },
  { name: 'cancel', summary: 'cancel a transfer', load: () => import('./commands/cancel.ts') },
  { name: 'status', summary: 'show this device and what it does', load: () => import('./commands/status.ts') },
  { name: 'history', summary: 'list ended transfers', load: () => import('./commands/history.ts') },
  { name: 'digest', summary: 'print the digests of files, as Holdfast reports them', load: () => import('./commands/digest.ts') },
  { name: 'serve', summary: 'serve the page for a browser on this machine', load: () => import('./commands/serve.ts') },
  { name: 'plain receive', summary: 'receive from netcat, instruments and small scripts', load: () => import('./commands/plain-receive.ts') },
  { name: 'plain send', summary: 'send to netcat, instruments and small scripts', load: () => import('./commands/plain-send.ts') },
]

/** The command that these words begin with, two-word names first, and the words that are left. */
export function findCommand(
  words: readonly string[],
  commands: readonly CommandEntry[],
): { entry: CommandEntry; rest: readonly string[] } | undefined {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ')
    const entry = words.length >= count ? commands.find((command) => command.name === name) : undefined
    if (entry) return { entry, rest: words.slice(count) }
  }
  return undefined
}
