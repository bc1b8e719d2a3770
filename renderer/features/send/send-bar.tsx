import { useState, type ReactElement } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Keys } from '../../components/kbd.tsx'
import { Modal } from '../../components/modal.tsx'
import { attempt, startSend } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { trayTotals } from '../../store/selectors.ts'
import { formatAddress, formatBytes } from '../../text/format.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'
import { shortcutText } from '../shell/keys.ts'

/** What will happen, in one line, and the button that makes it happen. */
export function SendBar(): ReactElement {
  const app = useApp()
  const sources = useAppState((state) => state.sources)
  const draft = useAppState((state) => state.draft)
  const devices = useAppState((state) => state.devices)
  const info = useAppState((state) => state.info)
  const [asking, setAsking] = useState(false)
  const totals = trayTotals(sources)
  const names = [
    ...draft.deviceIds.map((id) => visibleText(devices[id]?.name ?? id)),
    ...draft.addresses.map(({ host, port }) => formatAddress(host, port)),
  ]
  const ready = totals.count > 0 && names.length > 0 && !draft.sending
  const what = totals.count === 0 ? t.send.nothingYet : t.send.summary(t.count.items(totals.count), totals.counting ? t.send.counting : formatBytes(totals.bytes))
  const who = names.length === 0 ? t.send.noOneYet : names.length <= 2 ? names.join(', ') : t.count.devices(names.length)
  const go = async (firstUse: boolean): Promise<void> => {
    setAsking(false)
    if ((await startSend(app, firstUse)) === 'needs-trust') setAsking(true)
  }
  const address = draft.addresses[0]
  const addressText = address ? formatAddress(address.host, address.port) : ''
  return (
    <div className="send-bar" data-ready={ready || undefined}>
      <div className="send-bar-words">
        <span className="send-bar-what" data-set={totals.count > 0 || undefined}>{what}</span>
        <Icon name="chevron" size={16} />
        <span className="send-bar-who" data-set={names.length > 0 || undefined}><bdi>{who}</bdi></span>
      </div>
      <span className="send-bar-keys" aria-hidden="true"><Keys keys={shortcutText('send', info?.kind ?? 'page', info?.platform ?? 'other')} /></span>
      <AriaButton className="send-now" isDisabled={!ready} onPress={() => void go(false)} data-send-now="">
        <Icon name="send" />
        <span>{t.send.go}</span>
      </AriaButton>
      <Modal title={t.send.trustTitle} isOpen={asking} onClose={() => setAsking(false)}>
        <p>{t.send.trustBody(addressText)}</p>
        <div className="dialog-actions">
          <Button onPress={() => setAsking(false)}>{t.common.cancel}</Button>
          <Button onPress={() => void go(true)}>{t.send.trustOnce}</Button>
          {address && (
            <Button
              kind="primary"
              autoFocus
              onPress={() => {
                setAsking(false)
                void attempt(app, 'pairing:start', { target: { kind: 'address', ...address } })
              }}
            >
              {t.send.trustPair}
            </Button>
          )}
        </div>
      </Modal>
    </div>
  )
}
