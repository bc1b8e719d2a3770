import type { ErrorData } from '../../shared/errors.ts'
import { visibleText } from '../text/visible-text.ts'
import { notify, speak } from './actions.ts'
import type { App } from './app.ts'

/** By then the status has come that shows a lasting problem on every page. */
const STATUS_MS = 2_500

/** Says a problem at once; what no status shows as lasting stays in sight as a notice until it is read. */
export function listenToProblems(app: App): () => void {
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const stop = app.bridge.on('engine:problem', ({ message }: ErrorData) => {
    const text = visibleText(message)
    speak(app, text, true)
    const timer = setTimeout(() => {
      timers.delete(timer)
      const { status, notices } = app.store.getState()
      const shown = status?.problems.some((problem) => problem.message === message) || notices.some((notice) => notice.text === text)
      if (!shown) notify(app, 'bad', text)
    }, STATUS_MS)
    timers.add(timer)
  })
  return () => {
    stop()
    for (const timer of timers) clearTimeout(timer)
  }
}
