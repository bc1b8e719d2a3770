import { useEffect } from 'react'
import { addDropped, attempt, goTo, openDevice, openTransfer } from '../../store/actions.ts'
import { useApp } from '../../store/app.ts'
import { goUp } from '../../store/folder-actions.ts'
import { chooseSources } from '../send/choose.ts'
import { commandFor, type Command } from './keys.ts'
import { PAGES } from './pages.tsx'

/** Those with a modifier come before what has the focus, which may take Ctrl+Enter for Enter; the plain ones after it. */
const EARLY: ReadonlySet<Command['kind']> = new Set<Command['kind']>(['page', 'choose', 'send', 'search'])

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.matches('textarea, input:not([type=checkbox]):not([type=radio])')
}

/** Keys and pastes that mean the same on every page. A dialog keeps them to itself. */
export function useShortcuts(openHelp: () => void): void {
  const app = useApp()
  useEffect(() => {
    const inDialog = (): boolean => document.querySelector('[role=dialog], [role=alertdialog]') !== null

    const run = (event: KeyboardEvent, early: boolean): void => {
      if (event.defaultPrevented || inDialog()) return
      const { info, page, transferId, deviceId } = app.store.getState()
      const { key, code, ctrlKey, metaKey, altKey, shiftKey } = event
      const press = { key, code, ctrlKey, metaKey, altKey, shiftKey, typing: isTyping(event.target) }
      const command = commandFor(press, info?.kind ?? 'page', info?.platform ?? 'other')
      if (!command || EARLY.has(command.kind) !== early) return
      switch (command.kind) {
        case 'page': {
          const entry = PAGES[command.index]
          if (!entry) return
          goTo(app, entry.id)
          break
        }
        case 'choose':
          goTo(app, 'send')
          chooseSources(app, command.what)
          break
        case 'send':
          document.querySelector<HTMLElement>('[data-send-now]')?.click()
          break
        case 'search':
          // A page that can be searched is; from elsewhere it is the received files.
          if (!document.querySelector('main [data-search]')) goTo(app, 'received')
          requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-search] input')?.focus())
          break
        case 'help':
          openHelp()
          break
        case 'back':
          if (transferId) openTransfer(app, null)
          else if (deviceId) openDevice(app, null)
          else if (page !== 'folders' || !goUp(app)) return
      }
      event.preventDefault()
      event.stopPropagation()
    }
    const onKeyDownEarly = (event: KeyboardEvent): void => run(event, true)
    const onKeyDown = (event: KeyboardEvent): void => run(event, false)

    const onPaste = (event: ClipboardEvent): void => {
      if (isTyping(event.target) || inDialog() || !event.clipboardData) return
      event.preventDefault()
      if (event.clipboardData.files.length > 0) {
        void addDropped(app, event.clipboardData)
        return
      }
      const text = event.clipboardData.getData('text/plain')
      goTo(app, 'send')
      if (text) void attempt(app, 'source:add-text', { text })
    }

    document.addEventListener('keydown', onKeyDownEarly, { capture: true })
    document.addEventListener('keydown', onKeyDown)
    document.addEventListener('paste', onPaste)
    return () => {
      document.removeEventListener('keydown', onKeyDownEarly, { capture: true })
      document.removeEventListener('keydown', onKeyDown)
      document.removeEventListener('paste', onPaste)
    }
  }, [app, openHelp])
}
