import type { ReactElement } from 'react'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { goTo } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { t } from '../../text/messages.ts'
import { visibleText } from '../../text/visible-text.ts'

/** What needs the user, e.g. a receive folder that is gone, on every page until it is over. */
export function Problems(): ReactElement | null {
  const app = useApp()
  const problems = useAppState((state) => state.status?.problems)
  const page = useAppState((state) => state.page)
  if (!problems || problems.length === 0) return null
  return (
    <>
      {problems.map((problem) => (
        <section key={problem.message} className="banner" data-tone="bad" aria-label={visibleText(problem.message)}>
          <Icon name="alert" />
          <div className="banner-words"><strong>{visibleText(problem.message)}</strong></div>
          {page !== 'settings' && <Button onPress={() => goTo(app, 'settings')}>{t.nav.settings}</Button>}
        </section>
      ))}
    </>
  )
}
