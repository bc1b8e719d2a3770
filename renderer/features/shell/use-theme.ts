import { useEffect } from 'react'
import { useAppState } from '../../store/app.ts'

/** Puts the chosen theme on the document; `system` leaves it to `prefers-color-scheme`. */
export function useTheme(): void {
  const theme = useAppState((state) => state.settings?.theme ?? 'system')
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = theme
  }, [theme])
}
