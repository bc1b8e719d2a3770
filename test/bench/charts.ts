/** One line of a chart: x ascends. */
export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface Chart {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly lines: readonly Line[]
}

const WIDTH = 720
const HEIGHT = 320
const LEFT = 70
const RIGHT = 160
const TOP = 36
const BOTTOM = 48
const COLORS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df', '#57606a']

/** A chart with a logarithmic x axis and a y axis from 0, as an SVG element of its own. */
export function chartSvg(chart: Chart): string {
  const points = chart.lines.flatMap((line) => line.points)
  if (points.length === 0) return ''
  const xs = points.map(([x]) => Math.log10(x))
  const [low, high] = [Math.min(...xs), Math.max(...xs)]
  const top = niceTop(Math.max(...points.map(([, y]) => y)))
  const xAt = (x: number) => LEFT + ((Math.log10(x) - low) / (high - low || 1)) * (WIDTH - LEFT - RIGHT)
  const yAt = (y: number) => TOP + (1 - y / top) * (HEIGHT - TOP - BOTTOM)
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top)
  const labels = [...new Set(points.map(([x]) => x))]
  const parts = [
    `<text x="${LEFT}" y="18" font-weight="600">${escapeHtml(chart.title)}</text>`,
    ...ticks.map(
      (y) =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yAt(y)}" y2="${yAt(y)}" stroke="currentColor" stroke-opacity=".15"/>` +
        `<text x="${LEFT - 8}" y="${yAt(y) + 4}" text-anchor="end">${short(y)}</text>`,
    ),
    ...labels.map((x) => `<text x="${xAt(x)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${short(x)}</text>`),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escapeHtml(chart.xTitle)}</text>`,
    `<text x="14" y="${(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})">${escapeHtml(chart.yTitle)}</text>`,
    ...chart.lines.map((line, index) => {
      const color = COLORS[index % COLORS.length] ?? 'currentColor'
      const path = line.points.map(([x, y]) => `${xAt(x)},${yAt(y)}`).join(' ')
      const dots = line.points.map(([x, y]) => `<circle cx="${xAt(x)}" cy="${yAt(y)}" r="3" fill="${color}"/>`).join('')
      const last = line.points.at(-1) ?? [1, 0]
      const name = `<text x="${xAt(last[0]) + 8}" y="${yAt(last[1]) + 4}" fill="${color}">${escapeHtml(line.name)}</text>`
      return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/>${dots}${name}`
    }),
  ]
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}" font-size="12" fill="currentColor">${parts.join('')}</svg>`
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function niceTop(value: number): number {
  const step = 10 ** Math.floor(Math.log10(value || 1))
  return Math.ceil(value / step) * step
}

function short(value: number): string {
  if (value >= 1e9) return `${trim(value / 1e9)} G`
  if (value >= 1e6) return `${trim(value / 1e6)} M`
  if (value >= 1e3) return `${trim(value / 1e3)} k`
  return trim(value)
}

function trim(value: number): string {
  return String(Number(value.toPrecision(3)))
}
