import { app, session, type WebContents } from 'electron'
import { isPageUrl, PAGE_URL } from '../ipc/trusted-sender.ts'

/** Copying to the clipboard on the user's click; nothing else of what a page may ask for. */
const ALLOWED = new Set(['clipboard-sanitized-write'])
const LOADABLE = new Set(['app:', 'data:', 'blob:', 'devtools:'])

function hardenContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  contents.on('will-attach-webview', (event) => event.preventDefault())
  const stay = (event: { preventDefault(): void; url: string }): void => {
    // A reload of the page itself is no navigation away.
    if (event.url.split('#')[0] !== PAGE_URL) event.preventDefault()
  }
  contents.on('will-navigate', stay)
  contents.on('will-frame-navigate', stay)
  contents.on('will-redirect', stay)
}

/** Every window that will ever be: it shows the app's own page and asks for nothing. Before the first window. */
export function hardenApp(): void {
  app.on('web-contents-created', (_event, contents) => hardenContents(contents))
}

/** Once the app is ready. */
export function hardenSession(): void {
  const own = session.defaultSession
  own.setPermissionRequestHandler((contents, permission, answer) => answer(ALLOWED.has(permission) && isPageUrl(contents.getURL())))
  own.setPermissionCheckHandler((_contents, permission, origin) => ALLOWED.has(permission) && isPageUrl(origin))
  own.setDevicePermissionHandler(() => false)
  own.on('will-download', (event) => event.preventDefault())
  own.setSpellCheckerEnabled(false)
  own.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !LOADABLE.has(new URL(details.url).protocol) }))
}
