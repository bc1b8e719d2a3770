import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** A thread in the middle of what the engine's does: the native watcher is asked for much, and has answered nothing yet. */
const THREAD = `
  import { parentPort, workerData } from 'node:worker_threads'
  import watcher from '@parcel/watcher'
  for (let i = 0; i < 200; i++) watcher.subscribe(workerData, () => undefined, { ignore: [String(i)] }).catch(() => undefined)
  parentPort.postMessage('busy')
`

test('ends with the code while the native watcher is at work in another thread', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-exit-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const program = `
    import { Worker } from 'node:worker_threads'
    import { exitAtOnce } from ${JSON.stringify(new URL('../../electron/cli/exit-at-once.ts', import.meta.url).href)}
    const thread = new Worker(${JSON.stringify(THREAD)}, { eval: true, workerData: ${JSON.stringify(folder)} })
    thread.once('message', () => exitAtOnce(7))
  `
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: import.meta.dirname, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = await new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  expect(said).toBe('')
  expect(ended).toEqual({ code: 7, signal: null })
})
