/** What a key press asks for, whatever page is open. Pure. */
export type Command =
  | { readonly kind: 'page'; readonly index: number }
  | { readonly kind: 'choose'; readonly what: 'file' | 'folder' }
  | { readonly kind: 'send' }
  | { readonly kind: 'search' }
  | { readonly kind: 'help' }
  | { readonly kind: 'back' }

export interface KeyPress {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  /** The focus is in a text field: plain letters are text there. */
  readonly typing: boolean
}

/** Browsers keep Ctrl+1…8 for their tabs, so on the page Alt goes to pages. */
export function commandFor(press: KeyPress, kind: 'electron' | 'page', platform: string): Command | null {
  const mod = platform === 'darwin' ? press.metaKey && !press.ctrlKey : press.ctrlKey && !press.metaKey
  const digit = /^Digit([1-9])$/.exec(press.code)?.[1]
  const pageMod = kind === 'electron' ? mod && !press.altKey : press.altKey && !press.ctrlKey && !press.metaKey
  if (digit && pageMod && !press.shiftKey) return { kind: 'page', index: Number(digit) - 1 }
  if (mod && !press.altKey) {
    const key = press.key.toLowerCase()
    if (key === 'o') return { kind: 'choose', what: press.shiftKey ? 'folder' : 'file' }
    if (key === 'enter') return { kind: 'send' }
    if (key === 'f') return { kind: 'search' }
    if (key === '/') return { kind: 'help' }
  }
  if (press.key === '?' && !press.typing && !mod && !press.altKey) return { kind: 'help' }
  if (press.key === 'Escape' && !press.typing) return { kind: 'back' }
  return null
}

/** A shortcut as it is written on this platform, `+` between keys. */
export function shortcutText(name: 'page' | 'file' | 'folder' | 'send' | 'search' | 'paste' | 'help', kind: 'electron' | 'page', platform: string, index = 0): string {
  const mod = platform === 'darwin' ? '⌘' : 'Ctrl'
  switch (name) {
    case 'page':
      return `${kind === 'electron' ? mod : platform === 'darwin' ? '⌥' : 'Alt'}+${index + 1}`
    case 'file':
      return `${mod}+O`
    case 'folder':
      return `${mod}+Shift+O`
    case 'send':
      return `${mod}+Enter`
    case 'search':
      return `${mod}+F`
    case 'paste':
      return `${mod}+V`
    case 'help':
      return '?'
  }
}
