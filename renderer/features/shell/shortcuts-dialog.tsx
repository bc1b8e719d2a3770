import type { ReactElement } from 'react'
import { Button } from '../../components/button.tsx'
import { Keys } from '../../components/kbd.tsx'
import { Modal } from '../../components/modal.tsx'
import { useAppState } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { shortcutText } from './keys.ts'
import { PAGES } from './pages.tsx'

export function ShortcutsDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactElement {
  const kind = useAppState((state) => state.info?.kind ?? 'page')
  const platform = useAppState((state) => state.info?.platform ?? 'other')
  const text = (name: Parameters<typeof shortcutText>[0], index = 0): string => shortcutText(name, kind, platform, index)
  const list: readonly (readonly [string, string])[] = [
    ...PAGES.map((page, index) => [text('page', index), t.shortcuts.goTo(t.nav[page.id])] as const),
    [text('file'), t.shortcuts.chooseFiles],
    [text('folder'), t.shortcuts.chooseFolder],
    [text('paste'), t.shortcuts.paste],
    [text('send'), t.shortcuts.send],
    [text('search'), t.shortcuts.search],
    ['Space', t.shortcuts.pause],
    ['Alt+↑+↓', t.shortcuts.move],
    ['Delete', t.shortcuts.remove],
    ['Esc', t.shortcuts.back],
    [text('help'), t.shortcuts.help],
  ]
  return (
    <Modal title={t.shortcuts.title} isOpen={isOpen} onClose={onClose}>
      <dl className="shortcuts">
        {list.map(([keys, what]) => (
          <div key={keys}><dt>{what}</dt><dd><Keys keys={keys} /></dd></div>
        ))}
      </dl>
      <div className="dialog-actions"><Button kind="primary" autoFocus onPress={onClose}>{t.common.close}</Button></div>
    </Modal>
  )
}
