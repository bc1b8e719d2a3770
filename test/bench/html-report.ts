import { chartSvg, escapeHtml, type Chart } from './charts.ts'
import { summarize, type Result } from './report.ts'
import type { Verdict } from './targets.ts'

/** Everything in one file that needs nothing else. */
export function htmlReport(results: readonly Result[], charts: readonly Chart[], verdicts: readonly Verdict[], machine: Readonly<Record<string, unknown>>): string {
  const facts = Object.entries(machine).map(([name, value]) => `${escapeHtml(name)} ${escapeHtml(String(value))}`)
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Holdfast benchmark</title>
<style>
  :root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
  body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse; margin: .5rem 0 1.5rem } th, td { padding: .2rem .8rem; text-align: right; font-variant-numeric: tabular-nums }
  th { border-bottom: 1px solid } .text { text-align: left } td:last-child { white-space: nowrap } .bar { display: inline-block; height: .7em; background: #1f6feb }
  .met { color: #1a7f37 } .missed { color: #d1242f } svg { max-width: 60rem; display: block }
</style>
<h1>Holdfast benchmark</h1><p>${facts.join(' · ')}</p>
${results.map(resultHtml).join('\n')}
${charts.map(chartSvg).join('\n')}
${verdicts.length > 0 ? `<h2>Targets</h2><ul>${verdicts.map(verdictHtml).join('')}</ul>` : ''}
</html>
`
}

function resultHtml(result: Result): string {
  const rows = result.rows.filter((row) => row.runs.length > 0)
  const summaries = rows.map((row) => ({ row, summary: summarize(result, row) }))
  const slowest = Math.max(...summaries.map(({ summary }) => summary.seconds))
  const cells = summaries.map(({ row, summary }) => {
    const bar = `<span class="bar" style="width:${((summary.seconds / slowest) * 12).toFixed(2)}rem"></span>`
    const loops = (row.loops ?? []).map((loop) => `${loop.command} ${loop.thread} ${[loop.p50, loop.p99, loop.max].map((ms) => ms.toFixed(1)).join(' / ')}`)
    return `<tr><td>${summary.ratio.toFixed(2)}<td class="text">${escapeHtml(row.contender.name)}<td>${summary.seconds.toFixed(2)}<td class="text">${bar}
      <td>${summary.megabytesPerSecond.toFixed(0)}<td>${summary.filesPerSecond.toFixed(0)}<td>${summary.cpuSeconds.toFixed(2)}<td>${(summary.peakRssBytes / 1e6).toFixed(0)}
      <td class="text">${escapeHtml(row.contender.encryption)}; ${escapeHtml(row.contender.durability)}<td class="text">${loops.map(escapeHtml).join('<br>')}</tr>`
  })
  const failures = result.rows.filter((row) => row.failure).map((row) => `<li>not run: ${escapeHtml(row.contender.name)}: ${escapeHtml(row.failure ?? '')}`)
  return `<h2>${escapeHtml(result.workload.name)}: ${escapeHtml(result.workload.what)}</h2>
  <table><tr><th>ratio<th class="text">who<th>seconds<th><th>MB/s<th>files/s<th>CPU s<th>peak MB<th class="text">encryption; when it says done<th class="text">event loops, ms p50 / p99 / max</tr>
  ${cells.join('\n')}</table>${failures.length > 0 ? `<ul>${failures.join('')}</ul>` : ''}`
}

function verdictHtml(verdict: Verdict): string {
  return `<li class="${verdict.met ? 'met' : 'missed'}">${escapeHtml(verdictLine(verdict))}</li>`
}

export function verdictLine({ target, found, met }: Verdict): string {
  return `${met ? 'met   ' : 'MISSED'}  ${target}: ${found}`
}
