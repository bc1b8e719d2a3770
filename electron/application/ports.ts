import type { AppInfo } from '../../shared/ipc/app-contract.ts'

/**
 * What the application needs of the platform it runs on: Electron's main process, or the page of `serve`. What is absent
 * cannot be done there; the renderer knows by `info` and does not offer it.
 */
export interface PlatformPorts {
  readonly info: AppInfo
  /** The native chooser; absolute path, null when the user closed it. Absent: a folder is typed. */
  chooseFolder?(): Promise<string | null>
  /** The native chooser, several at once; absolute paths, empty when the user closed it. */
  chooseSources?(kind: 'file' | 'folder'): Promise<readonly string[]>
  /** The clipboard's picture as PNG; null when it holds none. */
  clipboardImage?(): Promise<Uint8Array | null>
  /** Opens a file or a folder with the program the user has for it. Rejects with what the platform says. */
  openPath?(path: string): Promise<void>
  /** Selects a file in the platform's file manager. */
  showInFolder?(path: string): Promise<void> | void
}
