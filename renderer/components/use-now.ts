import { useEffect, useState } from 'react'

/** The time, renewed every `everyMs`, for countdowns and "2 min ago"; stands still while `running` is false. */
export function useNow(everyMs: number, running = true): number {
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    if (!running) return
    setNowMs(Date.now())
    const timer = setInterval(() => setNowMs(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs, running])
  return nowMs
}
