import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { app } from 'electron'
import { autostartEntry } from './desktop-entry.ts'

/** A build that was not installed would leave an entry to something that moves. */
export function canStartAtLogin(): boolean {
  return app.isPackaged
}

/** Starts the app without a window when the user logs in, or no longer does. */
export async function setStartAtLogin(on: boolean): Promise<void> {
  if (!canStartAtLogin()) return
  if (process.platform !== 'linux') {
    app.setLoginItemSettings({ openAtLogin: on, args: ['--hidden'] })
    return
  }
  const folder = join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'autostart')
  const file = join(folder, 'holdfast.desktop')
  if (!on) return await rm(file, { force: true })
  await mkdir(folder, { recursive: true })
  // An AppImage is mounted somewhere else at every start.
  await writeFile(file, autostartEntry(process.env['APPIMAGE'] || process.execPath, ['--hidden']))
}
