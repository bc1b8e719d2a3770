import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { framingCodec } from '../../../electron/engine/plain/framing.ts'
import { encode } from '../../engine/plain/codecs/recorder.ts'
import { readExamples } from './examples.ts'
import { missing, Program } from './program.ts'

const noNetcat = missing('nc', ['-h'])
const noPython = missing('python3', ['--version'])
for (const reason of [noNetcat, noPython]) if (reason !== undefined) console.warn(`skipped: ${reason}`)

const MAIN = fileURLToPath(new URL('../../../electron/headless/main.ts', import.meta.url))
const examples = readExamples()
const FILES: Readonly<Record<string, string>> = { 'hello.txt': 'hello', 'reading.txt': '21.4 degrees    ' }

let folder = ''
let port = 0
let running: Program[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-example-'))
  for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), content)
  writeFileSync(join(folder, 'holdfast'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`)
  chmodSync(join(folder, 'holdfast'), 0o755)
  port = await freePort()
})

afterEach(async () => {
  await Promise.all(running.map((program) => program.stop()))
  running = []
  rmSync(folder, { recursive: true, force: true })
})

/** The examples' port is fixed; the tests' must be free. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer()
    server.listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as AddressInfo
      server.close(() => resolve(free))
    })
  })
}

function here(text: string): string {
  return text.replaceAll('1060', String(port))
}

function run(line: string): Program {
  // `exec`: a signal must reach the program, not the shell around it.
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`, HOLDFAST_HOME: join(folder, 'home') }
  const program = new Program('sh', ['-c', line.includes('|') ? here(line) : `exec ${here(line)}`], { cwd: folder, env })
  running.push(program)
  return program
}

/** A receiver of ours, listening on the examples' port. */
async function startReceiver(line: string): Promise<Program> {
  const program = run(`${line} --listen 127.0.0.1:${port} --json`)
  await program.line((text) => (text.includes('"event":"listening"') ? true : undefined))
  return program
}

function inbox(): string[] {
  return readdirSync(join(folder, 'inbox')).filter((name) => name !== '.holdfast').sort().map((name) => readFileSync(join(folder, 'inbox', name), 'latin1'))
}

function framingOf(line: string): string {
  const [, quoted, bare] = /--framing (?:'([^']*)'|(\S+))/.exec(line)!
  return quoted ?? bare!
}

describe.skipIf(noNetcat !== undefined)('netcat', () => {
  test.each(examples.filter(({ shell }) => shell[1]?.includes('| nc ')))('sends: $section', async ({ shell }) => {
    expect(shell).toHaveLength(3)
    await startReceiver(shell[0]!)
    await run(shell[1]!).success()
    const { stdout } = await run(shell[2]!).success()
    expect(stdout.toString().trimEnd()).toBe('hello')
  })

  test.each(examples.filter(({ shell }) => shell[0]?.startsWith('nc ')))('receives: $section', async ({ shell }) => {
    expect(shell).toHaveLength(3)
    const netcat = run(`${shell[0]!}`)
    await run(shell[1]!).success()
    await netcat.success()
    await run(shell[2]!).success()
    const content = Buffer.from(FILES[/send (\S+)/.exec(shell[1]!)![1]!]!)
    const codec = framingCodec(framingOf(shell[1]!), 1000)
    expect(readFileSync(join(folder, 'message')).toString('latin1')).toBe(encode(codec, codec.headFor(content.length), content).toString('latin1'))
  })
})

describe.skipIf(noPython !== undefined)('Python', () => {
  test.each(examples.filter(({ shell, python }) => shell[0]?.startsWith('holdfast plain receive') && python !== undefined))('sends: $section', async ({ section, shell, python }) => {
    expect(python!.trim().split('\n').length).toBeLessThanOrEqual(section.startsWith('Confirm') ? 20 : 10)
    await startReceiver(shell[0]!)
    writeFileSync(join(folder, 'sender.py'), here(python!))
    const { stdout } = await run('python3 sender.py').success()
    const count = inbox().length
    expect(count).toBeGreaterThan(0)
    if (!section.startsWith('Confirm')) expect(stdout.toString().trim().split('\n')).toHaveLength(count)
  })

  test.each(examples.filter(({ shell }) => shell[0] === 'python3 receiver.py'))('receives: $section', async ({ section, shell, python }) => {
    expect(python!.trim().split('\n').length).toBeLessThanOrEqual(section.startsWith('Confirm') ? 20 : 10)
    writeFileSync(join(folder, 'receiver.py'), here(python!))
    const receiver = run(shell[0]!)
    await run(shell[1]!).success()
    const { stdout } = await receiver.success()
    const names = /send ((?:\S+\.txt ?)+)/.exec(shell[1]!)![1]!.trim().split(' ')
    expect(stdout.toString()).toBe(names.map((name) => `b'${FILES[name]!}'\n`).join(''))
  })
})

test.each(examples.filter(({ shell }) => shell.some((line) => line.includes('--answer'))))('request and answer: $shell', async ({ shell }) => {
  await startReceiver(shell[0]!)
  const { stdout } = await run(shell[1]!).success()
  if (shell[1]!.endsWith('-')) expect(stdout.toString()).toBe(`${FILES['hello.txt']!}${FILES['reading.txt']!}`)
  expect((await run(shell[2]!).success()).stdout.toString()).toBe('hello')
})

test('no example is left out', () => {
  expect(examples).toHaveLength(8 * 3 + 2 + 2)
})
