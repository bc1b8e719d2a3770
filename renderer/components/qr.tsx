import { useMemo, type ReactElement } from 'react'
import { qrModules } from './qr-code.ts'

const QUIET = 4

/** A QR code, dark on light in both themes, because readers expect it so. */
export function Qr({ text, label }: { text: string; label: string }): ReactElement {
  const { size, path } = useMemo(() => {
    const modules = qrModules(text)
    const path = modules.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ''))).join('')
    return { size: modules.length + 2 * QUIET, path }
  }, [text])
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <rect className="qr-ground" width={size} height={size} rx="2" />
      <path className="qr-modules" d={path} />
    </svg>
  )
}
