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
  { name: 'sync add', summary: 'share a folder and keep it the same on all devices', load: () => import('./commands/sync-add.ts') },
  { name: 'sync accept', summary: 'take a folder that another device offers', load: () => import('./commands/sync-accept.ts') },
  { name: 'sync refuse', summary: 'decline an offered folder', load: () => import('./commands/sync-refuse.ts') },
  { name: 'sync list', summary: 'list shared folders', load: () => import('./commands/sync-list.ts') },
  { name: 'sync status', summary: 'show how shared folders are doing', load: () => import('./commands/sync-status.ts') },
  { name: 'sync run', summary: 'bring shared folders up to date, and end', load: () => import('./commands/sync-run.ts') },
  { name: 'sync pause', summary: 'pause shared folders', load: () => import('./commands/sync-pause.ts') },
  { name: 'sync resume', summary: 'resume shared folders', load: () => import('./commands/sync-resume.ts') },
  { name: 'sync conflicts', summary: 'list files that were changed on two devices at once', load: () => import('./commands/sync-conflicts.ts') },
  { name: 'sync resolve', summary: 'decide a conflict', load: () => import('./commands/sync-resolve.ts') },
  { name: 'sync restore', summary: 'put deleted and replaced files back', load: () => import('./commands/sync-restore.ts') },
  { name: 'sync trash', summary: 'show, limit or empty the trash of shared folders', load: () => import('./commands/sync-trash.ts') },
  { name: 'sync ignore', summary: 'show or change what is left alone', load: () => import('./commands/sync-ignore.ts') },
  { name: 'sync share', summary: 'offer a shared folder to further devices', load: () => import('./commands/sync-share.ts') },
  { name: 'sync unshare', summary: 'share a folder with a device no more', load: () => import('./commands/sync-unshare.ts') },
  { name: 'sync remove', summary: 'keep a folder in sync here no more', load: () => import('./commands/sync-remove.ts') },
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
