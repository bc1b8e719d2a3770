import type { ReactElement } from 'react'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { useNow } from '../../components/use-now.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { formatDuration } from '../../text/format.ts'
import { t } from '../../text/messages.ts'

/** The page has lost its Holdfast: what is seen is old, and when it is tried again. */
export function ConnectionBanner(): ReactElement | null {
  const app = useApp()
  const connection = useAppState((state) => state.connection)
  const offline = connection.kind === 'offline'
  const nowMs = useNow(500, offline)
  if (!offline) return null
  const leftMs = Math.ceil((connection.retryAtMs - nowMs) / 1000) * 1000
  return (
    <section className="banner" data-tone="wait" aria-label={t.connection.offlineNow}>
      <Icon name="plug" />
      <div className="banner-words">
        <strong>{leftMs > 0 ? t.connection.offline(formatDuration(leftMs)) : t.connection.offlineNow}</strong>
        <p>{t.connection.offlineHint}</p>
      </div>
      <Button onPress={() => app.bridge.reconnectNow()}>{t.common.now}</Button>
    </section>
  )
}
