import { useState, type ReactElement } from 'react'
import { PageHead } from '../../components/page-head.tsx'
import { t } from '../../text/messages.ts'
import { ComposeDialog } from './compose-dialog.tsx'
import { SendBar } from './send-bar.tsx'
import { Targets } from './targets.tsx'
import { Tray } from './tray.tsx'

export function SendPage(): ReactElement {
  const [composing, setComposing] = useState(false)
  return (
    <div className="page send-page">
      <PageHead title={t.send.title} lead={t.send.lead} />
      <div className="send-columns">
        <Tray onCompose={() => setComposing(true)} />
        <Targets />
      </div>
      <SendBar />
      <ComposeDialog isOpen={composing} onClose={() => setComposing(false)} />
    </div>
  )
}
