import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode, type RefObject } from 'react'
import { pagesOf } from '../store/paged.ts'

interface Props {
  readonly label: string
  readonly count: number
  /** Every row has this height, so that 100,000 of them need no measuring. */
  readonly rowHeight: number
  /** The cells of a row, each with role `gridcell`. `isActive`: the keyboard is on it, so its buttons may be reached by Tab. */
  readonly renderRow: (index: number, isActive: boolean) => ReactNode
  /** Page numbers that are in sight; called when they change, and when `version` does. */
  readonly onPages: (pages: readonly number[]) => void
  readonly version: number
  readonly onAction?: (index: number) => void
  readonly onRowKey?: (index: number, event: KeyboardEvent) => void
  readonly header?: ReactNode
  readonly className?: string
  /** Scrolls with this element instead of by itself. */
  readonly scrollRef?: RefObject<HTMLElement | null>
}

/**
 * A grid of which only the rows in sight exist. One row takes part in the tab order; arrows, Page Up and Down, Home and
 * End move it; the rows' positions are told to assistive technology.
 */
export function VirtualRows(props: Props): ReactElement {
  const { label, count, rowHeight, renderRow, onPages, version, onAction, onRowKey, header, className = '', scrollRef } = props
  const ownRef = useRef<HTMLDivElement>(null)
  const bodyRef = useRef<HTMLDivElement>(null)
  const [active, setActive] = useState(0)
  const [margin, setMargin] = useState(0)
  const focusNext = useRef(false)
  const headerRows = header ? 1 : 0

  useLayoutEffect(() => {
    const scroller = scrollRef?.current ?? ownRef.current
    const body = bodyRef.current
    if (!scroller || !body) return
    const top = Math.round(body.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop)
    if (Math.abs(top - margin) > 1) setMargin(top)
  })

  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scrollRef?.current ?? ownRef.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin: margin,
  })
  const rows = virtual.getVirtualItems()
  const pages = rows.length > 0 ? pagesOf(rows[0]?.index ?? 0, rows.at(-1)?.index ?? 0) : [0]
  const pagesKey = pages.join()
  useEffect(() => onPages(pages), [pagesKey, version, label])

  const last = count - 1
  const current = Math.min(active, Math.max(0, last))
  const tabbable = rows.some((row) => row.index === current) ? current : (rows[0]?.index ?? 0)
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(last, to))
    focusNext.current = true
    setActive(next)
    virtual.scrollToIndex(next, { align: 'auto' })
  }

  useEffect(() => {
    if (!focusNext.current) return
    const row = bodyRef.current?.querySelector<HTMLElement>(`[data-index="${current}"]`)
    if (!row) return
    focusNext.current = false
    row.focus({ preventScroll: true })
  })

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const onRow = (event.target as HTMLElement).dataset['index'] !== undefined
    onRowKey?.(current, event)
    if (event.defaultPrevented) return
    const height = (scrollRef?.current ?? ownRef.current)?.clientHeight ?? 400
    const jump = Math.max(1, Math.floor(height / rowHeight) - 1)
    const target: Record<string, number> = {
      ArrowDown: current + 1,
      ArrowUp: current - 1,
      PageDown: current + jump,
      PageUp: current - jump,
      Home: 0,
      End: last,
    }
    const to = target[event.key]
    if (to !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      move(to)
    } else if (event.key === 'Enter' && onRow && onAction) {
      event.preventDefault()
      onAction(current)
    }
  }

  return (
    <div ref={ownRef} className={`rows ${scrollRef ? '' : 'rows-scroll'} ${className}`}>
      <div role="grid" aria-label={label} aria-rowcount={count + headerRows} onKeyDown={onKeyDown}>
        {header && <div role="row" aria-rowindex={1} className="rows-header">{header}</div>}
        <div ref={bodyRef} role="rowgroup" className="rows-body" style={{ height: virtual.getTotalSize() }}>
          {rows.map((row) => (
            <div
              key={row.key}
              role="row"
              aria-rowindex={row.index + 1 + headerRows}
              className="rows-row"
              data-index={row.index}
              tabIndex={row.index === tabbable ? 0 : -1}
              style={{ height: rowHeight, transform: `translateY(${row.start - margin}px)` }}
              onFocus={() => setActive(row.index)}
              onDoubleClick={() => onAction?.(row.index)}
            >
              {renderRow(row.index, row.index === tabbable)}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
