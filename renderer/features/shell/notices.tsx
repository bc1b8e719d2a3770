import { useEffect, type ReactElement } from 'react'
import { IconButton } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { dismiss } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import type { Notice } from '../../store/state.ts'
import { t } from '../../text/messages.ts'

const SHOWN_MS = 6000

function NoticeView({ notice }: { notice: Notice }): ReactElement {
  const app = useApp()
  useEffect(() => {
    if (notice.tone === 'bad') return
    const timer = setTimeout(() => dismiss(app, notice.id), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [app, notice])
  return (
    <li className="notice" data-tone={notice.tone}>
      <Icon name={notice.tone === 'bad' ? 'alert' : 'check'} size={18} />
      <p>{notice.text}</p>
      <IconButton icon="close" label={t.common.dismiss} onPress={() => dismiss(app, notice.id)} />
    </li>
  )
}

/** Short words about what was done, in a corner; the live region says them, so this list is silent. */
export function Notices(): ReactElement | null {
  const notices = useAppState((state) => state.notices)
  if (notices.length === 0) return null
  return (
    <section aria-label={t.notices.label}>
      <ul className="notices">
        {notices.map((notice) => <NoticeView key={notice.id} notice={notice} />)}
      </ul>
    </section>
  )
}
