/**
 * Preloaded into every thread of a benched process (`node --import`): writes how late its event loop was to a file of
 * HOLDFAST_PROBE_DIR, four times a second and at its end. Percentiles over the thread's life, in ms.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { threadId } from 'node:worker_threads'

const folder = process.env.HOLDFAST_PROBE_DIR
if (folder) {
  // What a sleeping loop is late by is the timer's own resolution; 1 ms keeps that below what matters.
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const file = join(folder, `${process.pid}-${threadId}.json`)
  const write = () => {
    const ms = (value) => Math.max(0, value / 1e6 - 1)
    const facts = { command: process.argv[2] ?? '', threadId, p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) }
    writeFileSync(file, JSON.stringify(facts))
  }
  setInterval(write, 250).unref()
  process.on('exit', write)
}
