import { addFiles, attempt } from '../../store/actions.ts'
import type { App } from '../../store/app.ts'

/** Opens the chooser: the application's own in Electron, the browser's on the page. */
export function chooseSources(app: App, kind: 'file' | 'folder'): void {
  if (app.store.getState().info?.canChoose) {
    void attempt(app, 'source:choose', { kind })
    return
  }
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.webkitdirectory = kind === 'folder'
  input.onchange = () => void addFiles(app, [...(input.files ?? [])])
  input.click()
}
