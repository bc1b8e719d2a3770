/** The page's own scheme and host: `app://holdfast/`. */
export const PAGE_SCHEME = 'app'
export const PAGE_HOST = 'holdfast'
export const PAGE_URL = `${PAGE_SCHEME}://${PAGE_HOST}/index.html`

/** What is looked at of Electron's WebFrameMain. */
export interface SenderFrame {
  readonly url: string
  readonly parent: unknown
}

export function isPageUrl(text: string): boolean {
  try {
    const url = new URL(text)
    return url.protocol === `${PAGE_SCHEME}:` && url.host === PAGE_HOST && url.username === '' && url.password === ''
  } catch {
    return false
  }
}

/** Only the page itself, in a window's own frame. A frame that is gone already is nobody. */
export function isTrustedSender(frame: SenderFrame | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && isPageUrl(frame.url)
}
