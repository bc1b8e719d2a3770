import { memo, type ReactElement } from 'react'
import { scaleOf, type Samples } from '../store/throughput.ts'
import { formatSpeed } from '../text/format.ts'
import { t } from '../text/messages.ts'

const WIDTH = 480
const HEIGHT = 96

/** A plot of a few seconds is not stretched over the whole width. */
const FEWEST = 20

/** Points of the curve, newest at the right edge; the first seconds grow in from there, then all that is kept is shown. Pure. */
export function plotPoints(samples: Samples, scale: number): readonly (readonly [x: number, y: number])[] {
  const step = WIDTH / (Math.max(FEWEST, samples.length) - 1)
  return samples.map((speed, index) => {
    const x = WIDTH - (samples.length - 1 - index) * step
    return [x, HEIGHT - (speed / scale) * (HEIGHT - 6)] as const
  })
}

/** The speed of the last two minutes as a light line; one path, redrawn once a second. */
export const ThroughputPlot = memo(function ThroughputPlot({ samples, label = t.transfers.plot }: { samples: Samples; label?: string }): ReactElement {
  const scale = scaleOf(samples)
  const points = plotPoints(samples, scale)
  const line = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')
  const first = points[0]
  const peak = Math.max(0, ...samples)
  const now = samples.at(-1) ?? 0
  const said = `${label}: ${formatSpeed(now)}, ${t.transfers.plotPeak(formatSpeed(peak))}`
  return (
    <figure className="plot">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={said}>
        {[0.25, 0.5, 0.75].map((part) => (
          <line key={part} className="plot-grid" x1="0" x2={WIDTH} y1={HEIGHT * part} y2={HEIGHT * part} vectorEffect="non-scaling-stroke" />
        ))}
        {first && <path className="plot-area" d={`${line}L${WIDTH} ${HEIGHT}L${first[0].toFixed(1)} ${HEIGHT}Z`} />}
        {first && <path className="plot-line" d={line} vectorEffect="non-scaling-stroke" />}
      </svg>
      <span className="plot-scale" aria-hidden="true">{formatSpeed(scale)}</span>
      <figcaption>{t.transfers.plotPeak(formatSpeed(peak))}</figcaption>
    </figure>
  )
})
