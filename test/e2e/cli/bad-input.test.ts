import Database from 'better-sqlite3'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { chmod, chown } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { HoldfastProcess } from '../../support/holdfast-process.ts'
import { Lab } from '../../support/processes.ts'

const GUARD_MS = 120_000
const isRoot = process.getuid?.() === 0
const SOME_ID = 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'

let lab: Lab
let file: string
beforeEach(async () => {
  lab = new Lab()
  file = join(await lab.folder('source'), 'file.txt')
  writeFileSync(file, 'hello')
})
afterEach(() => lab.close())

/** What it has said, without the command line itself. */
function said({ log }: HoldfastProcess): string {
  return log.slice(log.indexOf('\n') + 1).replace(/^\{.*\n/gm, '')
}

/** Ends with that exit code and one error whose message says what to do. */
async function expectError(args: readonly string[], exit: number, code: string, says: RegExp, uid?: number): Promise<void> {
  const process = lab.run(lab.path('a'), args, uid === undefined ? {} : { uid })
  await process.expectExit(exit)
  const [error] = process.eventsOf('error')
  expect(error).toMatchObject({ code })
  expect(error?.['message']).toMatch(says)
  expect(said(process)).toMatch(/^stderr: [^{]+: /)
}

describe('wrong usage: exit code 2, and where to read more', { timeout: GUARD_MS }, () => {
  const to = ['--to', '127.0.0.1:4680']
  it.each<[string, string[], RegExp]>([
    ['no path', ['send', ...to], /something is missing.*--help/],
    ['no target', ['send', 'x'], /--to HOST:PORT.*missing/],
    ['an unknown option', ['send', 'x', ...to, '--fast'], /--fast.*see holdfast send --help/],
    ['an unknown command', ['teleport'], /no command "teleport"/],
    ['an option without its value', ['send', 'x', '--to'], /--to/],
    ['too many arguments', ['receive', 'x'], /too many arguments/],
    ['two ways to trust', ['send', 'x', ...to, '--trust', SOME_ID, '--trust-first-use'], /exclude each other/],
    ['a malformed device id', ['send', 'x', ...to, '--trust', 'ABCD'], /device id/],
    ['a mistyped device id', ['send', 'x', ...to, '--trust', `${SOME_ID.slice(0, -1)}1`], /device id/],
    ['a wrong number', ['send', 'x', ...to, '--give-up-after', 'soon'], /--give-up-after takes a number/],
    ['a negative number', ['send', 'x', ...to, '--give-up-after=-1'], /--give-up-after takes a number/],
    ['a wrong choice', ['receive', '--accept', 'friends'], /--accept is one of paired, anyone/],
    ['another wrong choice', ['receive', '--on-conflict', 'overwrite'], /--on-conflict is one of keep-both, replace, ask/],
    ['a port too large', ['send', 'x', '--to', '127.0.0.1:99999'], /no address.*HOST:PORT/],
    ['a port that is none', ['send', 'x', '--to', '127.0.0.1:ssh'], /no address.*HOST:PORT/],
    ['no port', ['send', 'x', '--to', '127.0.0.1:'], /no address.*HOST:PORT/],
    ['no host', ['send', 'x', '--to', ':4680'], /no address.*HOST:PORT/],
    ['an open bracket', ['send', 'x', '--to', '[::1:4680'], /no address.*HOST:PORT/],
    ['an IPv6 address without brackets', ['send', 'x', '--to', '::1:4680'], /no address.*HOST:PORT/],
    ['a URL', ['send', 'x', '--to', 'http://127.0.0.1:4680/'], /no address.*HOST:PORT/],
    ['a malformed address to listen at', ['receive', '--listen', 'everywhere'], /no address.*HOST:PORT/],
    ['a malformed address to pair with', ['pair', '127.0.0.1:0x10'], /no address.*HOST:PORT/],
  ])('%s', async (_what, args, says) => {
    await expectError(args, 2, 'USAGE_INVALID', says)
    // Nothing was begun: not even a key was made.
    expect(existsSync(lab.path('a'))).toBe(false)
  })
})

describe('what is not there or may not be read', { timeout: GUARD_MS }, () => {
  it('a path that does not exist', async () => {
    await expectError(['send', lab.path('nothing'), '--to', '127.0.0.1:9', '--trust-first-use'], 1, 'PATH_NOT_FOUND', /There is no .*nothing/)
    expect(existsSync(lab.path('a'))).toBe(false)
  })

  it('one of several paths does not exist: nothing is sent', async () => {
    await expectError(['send', file, lab.path('nothing'), '--to', '127.0.0.1:9', '--trust-first-use'], 1, 'PATH_NOT_FOUND', /There is no .*nothing/)
  })

  it.runIf(isRoot)('a path below a folder that may not be entered', async () => {
    await chmod(lab.root, 0o755)
    const closed = await lab.folder('closed')
    await chmod(closed, 0o700)
    writeFileSync(join(closed, 'x'), '')
    mkdirSync(lab.path('a'))
    await chown(lab.path('a'), 65534, 65534)
    await expectError(['send', join(closed, 'x'), '--to', '127.0.0.1:9', '--trust-first-use'], 1, 'PATH_NO_PERMISSION', /permission/, 65534)
  })

  it('a name that nobody paired has', async () => {
    await expectError(['send', file, '--to', 'my laptop'], 3, 'DEVICE_UNKNOWN', /holdfast devices.*holdfast pair/)
  })
})

describe('an address that cannot be had', { timeout: GUARD_MS }, () => {
  it('a port that is in use', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await expectError(['receive', '--dir', lab.path('in'), '--listen', `127.0.0.1:${port}`], 1, 'PORT_IN_USE', new RegExp(`${port} is in use.*--listen`))
  })

  it('an address of another machine', async () => {
    await expectError(['receive', '--dir', lab.path('in'), '--listen', '192.0.2.77:0'], 1, 'ADDRESS_UNAVAILABLE', /--listen/)
  })
})

describe('a home that cannot be used is said, and left as it is', { timeout: GUARD_MS }, () => {
  const receive = () => ['receive', '--dir', lab.path('in'), '--listen', '127.0.0.1:0']

  it('a file where the home should be', async () => {
    writeFileSync(lab.path('a'), 'a file')
    await expectError(receive(), 1, 'HOME_UNUSABLE', /--home/)
    expect(readFileSync(lab.path('a'), 'utf8')).toBe('a file')
  })

  it.runIf(isRoot)('a home that may not be written', async () => {
    await chmod(lab.root, 0o755)
    mkdirSync(lab.path('a'), { mode: 0o755 })
    await expectError(receive(), 1, 'HOME_UNUSABLE', /--home/, 65534)
  })

  it('a journal of garbage is not deleted', async () => {
    mkdirSync(lab.path('a'))
    const journal = lab.path('a', 'journal.db')
    writeFileSync(journal, Buffer.alloc(8192, 'garbage '))
    await expectError(receive(), 1, 'JOURNAL_CORRUPT', /NOT deleted.*aside/)
    expect(readFileSync(journal, 'utf8')).toBe('garbage '.repeat(1024))
  })

  it('a journal with a hole in it is found out', async () => {
    const first = await lab.receive(lab.path('a'), await lab.folder('in'))
    await first.process.expectInterrupt(0)
    const journal = lab.path('a', 'journal.db')
    const content = readFileSync(journal)
    content.fill(0x5a, 100, content.length)
    writeFileSync(journal, content)
    await expectError(receive(), 1, 'JOURNAL_CORRUPT', /NOT deleted/)
    expect(readFileSync(journal).equals(content)).toBe(true)
  })

  it('a journal that a newer version has written', async () => {
    const first = await lab.receive(lab.path('a'), await lab.folder('in'))
    await first.process.expectInterrupt(0)
    const database = new Database(lab.path('a', 'journal.db'))
    database.pragma('user_version = 9999')
    database.close()
    await expectError(receive(), 1, 'JOURNAL_NEWER', /newer|later|update/i)
    const again = new Database(lab.path('a', 'journal.db'))
    expect(again.pragma('user_version', { simple: true })).toBe(9999)
    again.close()
  })

  it('the same for every command that needs it', async () => {
    mkdirSync(lab.path('a'))
    writeFileSync(lab.path('a', 'journal.db'), Buffer.alloc(8192, 'garbage '))
    for (const args of [['send', file, '--to', '127.0.0.1:9', '--trust-first-use'], ['status'], ['transfers'], ['devices']]) {
      await expectError(args, 1, 'JOURNAL_CORRUPT', /NOT deleted/)
    }
  })
})

describe('a receive folder that cannot be used', { timeout: GUARD_MS }, () => {
  const receive = (folder: string) => ['receive', '--dir', folder, '--listen', '127.0.0.1:0']

  it('a file', async () => {
    await expectError(receive(file), 1, 'FOLDER_MISSING', /not a folder.*Choose a folder/)
  })

  it('a folder in a folder that is not there', async () => {
    await expectError(receive(lab.path('no', 'such')), 1, 'FOLDER_MISSING', /Make that folder first, or choose another/)
  })

  it.runIf(isRoot)('a folder that may not be written', async () => {
    await chmod(lab.root, 0o755)
    mkdirSync(lab.path('a'))
    await chown(lab.path('a'), 65534, 65534)
    const folder = await lab.folder('in')
    await expectError(receive(folder), 1, 'FOLDER_READ_ONLY', /permission|not permitted|read-only|written/i, 65534)
  })
})

describe('without --json', { timeout: GUARD_MS }, () => {
  it('errors are one line for a person on stderr, and nothing on stdout', async () => {
    const send = new HoldfastProcess(['send', file, '--to', 'nobody', '--home', lab.path('a'), '--no-discovery'])
    await send.expectExit(3)
    expect(send.log).toMatch(/^stderr: nobody: No paired device has this name or id/m)
    expect(send.log).not.toMatch(/^\{/m)
  })

  it('names that would move a terminal’s cursor are shown as what they are', async () => {
    const evil = join(await lab.folder('source'), 'a\u001b[2Jb\u202e.txt')
    writeFileSync(evil, 'x')
    const send = new HoldfastProcess(['send', evil, '--to', '127.0.0.1:9', '--trust-first-use', '--give-up-after', '0', '--home', lab.path('a'), '--no-discovery'])
    await send.expectExit(1)
    expect(said(send)).not.toContain('\u001b')
    expect(said(send)).not.toContain('\u202e')
    expect(said(send)).toContain(String.raw`a\x1b[2Jb\u202e.txt`)
  })
})
