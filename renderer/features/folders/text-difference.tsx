import { useMemo, useState, type ReactElement } from 'react'
import type { SidePreview } from '../../../shared/model/folder.ts'
import { Button } from '../../components/button.tsx'
import { t } from '../../text/messages.ts'
import { visibleLine } from '../../text/visible-text.ts'
import { changedPart, foldSame, linesOf, pairLines, type DiffRow } from './line-diff.ts'

type TextPreview = Extract<SidePreview, { kind: 'text' }>

const SHOWN_AT_ONCE = 400
const LONGEST_LINE = 2000

const shown = (line: string): string => (line.length > LONGEST_LINE ? `${visibleLine(line.slice(0, LONGEST_LINE))}…` : visibleLine(line))

/** A line of which a part differs from the line opposite. */
function Marked({ line, opposite, only }: { line: string; opposite: string | null; only: string }): ReactElement {
  const whole = opposite === null || line.length > LONGEST_LINE
  const { head, tail } = whole ? { head: 0, tail: 0 } : changedPart(line, opposite)
  return (
    <>
      <span className="visually-hidden">{only}: </span>
      {visibleLine(line.slice(0, head))}
      {head + tail < line.length && <mark>{whole ? shown(line) : visibleLine(line.slice(head, line.length - tail))}</mark>}
      {visibleLine(line.slice(line.length - tail))}
    </>
  )
}

interface RowProps {
  readonly row: DiffRow
  readonly left: readonly string[]
  readonly right: readonly string[]
}

function Row({ row, left, right }: RowProps): ReactElement {
  const m = t.folders.conflict
  if (row.kind === 'folded') return <tr className="difference-folded"><td colSpan={4}>{m.folded(row.lines)}</td></tr>
  const a = row.left === null ? null : (left[row.left] ?? '')
  const b = row.right === null ? null : (right[row.right] ?? '')
  const side = (line: string | null, opposite: string | null, only: string): ReactElement | string | null => {
    if (line === null) return null
    return row.kind === 'same' ? shown(line) : <Marked line={line} opposite={opposite} only={only} />
  }
  const kind = (line: string | null): string => (row.kind === 'same' ? 'same' : line === null ? 'none' : 'changed')
  return (
    <tr>
      <td className="difference-number" aria-label={row.left === null ? undefined : m.line(row.left + 1)}>{row.left === null ? '' : row.left + 1}</td>
      <td className="difference-line" data-side="original" data-kind={kind(a)}>{side(a, b, m.onlyOriginal)}</td>
      <td className="difference-number" aria-label={row.right === null ? undefined : m.line(row.right + 1)}>{row.right === null ? '' : row.right + 1}</td>
      <td className="difference-line" data-side="copy" data-kind={kind(b)}>{side(b, a, m.onlyCopy)}</td>
    </tr>
  )
}

/** Two texts beside each other; what both have is folded, far more than anybody reads is shown only when asked for. */
export function TextDifference({ original, copy }: { original: TextPreview; copy: TextPreview }): ReactElement {
  const [most, setMost] = useState(SHOWN_AT_ONCE)
  const m = t.folders.conflict
  const { left, right, rows } = useMemo(() => {
    const [a, b] = [linesOf(original.text), linesOf(copy.text)]
    return { left: a, right: b, rows: foldSame(pairLines(a, b)) }
  }, [original.text, copy.text])
  const more = rows.length - most
  if (rows.every((row) => row.kind !== 'changed')) return <p className="row-hint">{m.same}</p>
  return (
    <section className="difference" aria-label={m.difference} tabIndex={0}>
      <table>
        <caption className="visually-hidden">{m.difference}</caption>
        <colgroup><col className="difference-numbers" /><col /><col className="difference-numbers" /><col /></colgroup>
        <thead><tr><th colSpan={2} scope="colgroup">{m.original}</th><th colSpan={2} scope="colgroup">{m.copy}</th></tr></thead>
        <tbody>{rows.slice(0, most).map((row, index) => <Row key={index} row={row} left={left} right={right} />)}</tbody>
      </table>
      {more > 0 && <Button kind="quiet" onPress={() => setMost(most + SHOWN_AT_ONCE)}>{m.more(Math.min(more, SHOWN_AT_ONCE))}</Button>}
      {(original.cut || copy.cut) && <p className="row-hint">{m.cut}</p>}
    </section>
  )
}
