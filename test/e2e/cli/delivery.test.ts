import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assertNoPartial, compareTrees } from '../../support/compare-trees.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import type { CliEvent } from '../../support/holdfast-process.ts'
import { Lab } from '../../support/processes.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'

const MIB = 1 << 20
const GUARD_MS = 120_000
const isRoot = process.getuid?.() === 0

let lab: Lab
beforeEach(() => {
  lab = new Lab()
})
afterEach(() => lab.close())

const anyone = ['--accept', 'anyone']

/** Everything in a folder but the engine's own. */
function names(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name !== '.holdfast')
    .sort()
}

describe('what is sent arrives as it is', { timeout: GUARD_MS }, () => {
  it('a tree of odd names, empty files and folders, times and modes', async () => {
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 3, files: 300, folders: 60 })
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const send = lab.run(lab.path('a'), ['send', join(source, 'tree'), '--to', receiver.address, '--trust-first-use'])
    await send.expectExit(0)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    await receiver.process.expectInterrupt(0)
    assertNoPartial(receiver.folder)
  })

  it('one file under its own name; several paths at once; an empty file; an empty folder', async () => {
    const source = await lab.folder('source')
    writeFileSync(join(source, 'one.txt'), 'one')
    writeFileSync(join(source, 'nothing'), '')
    mkdirSync(join(source, 'void'))
    mkdirSync(join(source, 'deep/er/still'), { recursive: true })
    writeFileSync(join(source, 'deep/er/still/x'), 'x')
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const paths = names(source).map((name) => join(source, name))
    const send = lab.run(lab.path('a'), ['send', ...paths, '--to', receiver.address, '--trust-first-use'])
    await send.expectExit(0)
    expect(compareTrees(source, receiver.folder)).toEqual([])
    expect(send.eventsOf('done')).toMatchObject([{ files: 3, bytes: 4, failed: 0, skipped: 0 }])
    const received = await receiver.process.waitFor('done')
    expect(received).toMatchObject({ files: 3, bytes: 4, failed: 0 })
  })

  it('names in every script, in the form they were written in', async () => {
    const source = await lab.folder('source')
    const odd = ['é composed'.normalize('NFC'), 'e\u0301 decomposed', '日本語', 'العربية', 'עברית', '👩‍👩‍👧‍👦 family', 'ｆｕｌｌ', 'ß', 'İı', 'a\u200eb', ' leading', 'trailing ', 'dot.', '~', '#', '%41', '-rf', 'CON', 'aux.c', 'x'.repeat(255)]
    for (const name of odd) writeFileSync(join(source, name), name)
    mkdirSync(join(source, 'Makefile.d'))
    writeFileSync(join(source, 'Makefile.d', 'Makefile'), '1')
    writeFileSync(join(source, 'Makefile.d', 'makefile'), '2')
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const send = lab.run(lab.path('a'), ['send', source, '--to', receiver.address, '--trust-first-use'])
    await send.expectExit(0)
    expect(compareTrees(source, join(receiver.folder, 'source-1'))).toEqual([])
    expect(readdirSync(join(receiver.folder, 'source-1')).sort()).toEqual(readdirSync(source).sort())
  })

  it('the digest that is reported is the digest that `digest` prints', async () => {
    const source = await lab.folder('source')
    writeFileSync(join(source, 'small'), 'hello')
    makeBigFile(join(source, 'large'), 3 * MIB + 17)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const send = lab.run(lab.path('a'), ['send', join(source, 'small'), join(source, 'large'), '--to', receiver.address, '--trust-first-use'])
    await send.expectExit(0)
    const digest = lab.run(lab.path('c'), ['digest', join(receiver.folder, 'small'), join(receiver.folder, 'large')])
    await digest.expectExit(0)
    const told = (events: readonly CliEvent[]) =>
      events.map((event) => `${String(event['path']).split('/').at(-1)} ${String(event['bytes'])} ${String(event['digest'])}`).sort()
    expect(told(send.eventsOf('delivered'))).toEqual(told(digest.eventsOf('digest')))
    await receiver.process.waitFor('done')
    expect(told(receiver.process.eventsOf('received'))).toEqual(told(digest.eventsOf('digest')))
  })

  it('links inside arrive as what they point to; links outside, loops, FIFOs and sockets are named as skipped', async () => {
    const source = await lab.folder('source')
    const tree = join(source, 'tree')
    mkdirSync(join(tree, 'sub'), { recursive: true })
    writeFileSync(join(source, 'secret'), 'not sent')
    writeFileSync(join(tree, 'file'), 'content')
    writeFileSync(join(tree, 'sub', 'inner'), 'inner')
    symlinkSync('file', join(tree, 'link'))
    symlinkSync('sub', join(tree, 'linked folder'))
    symlinkSync('../secret', join(tree, 'outside'))
    symlinkSync('/etc/passwd', join(tree, 'absolute'))
    symlinkSync('nowhere', join(tree, 'dangling'))
    symlinkSync('..', join(tree, 'sub', 'loop'))
    execFileSync('mkfifo', [join(tree, 'fifo')])
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const send = lab.run(lab.path('a'), ['send', tree, '--to', receiver.address, '--trust-first-use'])
    await send.expectExit(0)
    const skipped = send.eventsOf('skipped').map((event) => String(event['path'])).sort((a, b) => (a < b ? -1 : 1))
    expect(skipped).toEqual(['tree/absolute', 'tree/dangling', 'tree/fifo', 'tree/linked folder/loop', 'tree/outside', 'tree/sub/loop'])
    for (const event of send.eventsOf('skipped')) expect(event['reason']).toMatch(/link|FIFO|pipe/i)
    const at = (path: string) => join(receiver.folder, 'tree', path)
    expect(names(at(''))).toEqual(['file', 'link', 'linked folder', 'sub'])
    expect(lstatSync(at('link')).isFile()).toBe(true)
    expect(readFileSync(at('link'), 'utf8')).toBe('content')
    expect(readFileSync(at('linked folder/inner'), 'utf8')).toBe('inner')
    expect(send.eventsOf('done')).toMatchObject([{ skipped: 6, failed: 0, files: 4 }])
  })

  it.runIf(isRoot)('an unreadable file and an unreadable folder are reported, and the rest is delivered', async () => {
    const source = await lab.folder('source')
    const tree = join(source, 'tree')
    mkdirSync(join(tree, 'closed'), { recursive: true })
    writeFileSync(join(tree, 'closed', 'inner'), 'inner')
    writeFileSync(join(tree, 'good'), 'good')
    writeFileSync(join(tree, 'private'), 'private', { mode: 0o600 })
    execFileSync('chmod', ['700', join(tree, 'closed')])
    execFileSync('chmod', ['755', lab.root])
    const home = await lab.folder('home')
    execFileSync('chown', ['65534:65534', home])
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const send = lab.run(home, ['send', tree, '--to', receiver.address, '--trust-first-use'], { uid: 65534 })
    await send.expectExit(1)
    expect(readFileSync(join(receiver.folder, 'tree', 'good'), 'utf8')).toBe('good')
    expect(existsSync(join(receiver.folder, 'tree', 'private'))).toBe(false)
    expect(send.eventsOf('failed')).toMatchObject([
      { path: 'tree/closed', code: 'FILE_UNREADABLE' },
      { path: 'tree/private', code: 'FILE_UNREADABLE' },
    ])
    expect(send.eventsOf('done')).toMatchObject([{ files: 1, failed: 2 }])
  })
})

describe('what changes while it is sent', { timeout: 2 * GUARD_MS }, () => {
  it('starts that file over, and arrives as it is in the end', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'growing'), 80 * MIB)
    makeBigFile(join(source, 'still'), 2 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond: 16 * MIB } } })
    try {
      const paths = [join(source, 'growing'), join(source, 'still')]
      const send = lab.run(lab.path('a'), ['send', ...paths, '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
      await proxy.reached(6 * MIB)
      appendFileSync(join(source, 'growing'), Buffer.alloc(3 * MIB, 7))
      proxy.setFault({})
      await send.expectExit(0, GUARD_MS)
      expect(compareTrees(source, receiver.folder)).toEqual([])
      expect(send.eventsOf('done')).toMatchObject([{ files: 2, bytes: 85 * MIB, failed: 0 }])
    } finally {
      proxy.close()
    }
  })

  it('and vanishes, is reported; the rest is delivered', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'a-first'), 8 * MIB)
    makeBigFile(join(source, 'b-vanishes'), 40 * MIB)
    makeBigFile(join(source, 'c-last'), 2 * MIB)
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port }, fault: { slow: { bytesPerSecond: 8 * MIB } } })
    try {
      const send = lab.run(lab.path('a'), ['send', source, '--to', `127.0.0.1:${proxy.port}`, '--trust-first-use'])
      await proxy.reached(MIB)
      execFileSync('rm', [join(source, 'b-vanishes')])
      proxy.setFault({})
      await send.end(GUARD_MS)
      // Linux lets a reader keep an open file that has no name any more: either is honest.
      const arrived = names(join(receiver.folder, 'source-1'))
      if (send.eventsOf('failed').length === 0) expect(arrived).toEqual(['a-first', 'b-vanishes', 'c-last'])
      else {
        expect(send.eventsOf('failed')).toMatchObject([{ path: 'source-1/b-vanishes', code: 'FILE_VANISHED' }])
        expect(arrived).toEqual(['a-first', 'c-last'])
        await send.expectExit(1)
      }
    } finally {
      proxy.close()
    }
  })
})

describe('the same send again', { timeout: GUARD_MS }, () => {
  it('makes no second copy, says what was identical, and moves nothing', async () => {
    const source = await lab.folder('source')
    makeTree(join(source, 'tree'), { seed: 9, files: 120 })
    makeBigFile(join(source, 'tree', 'big'), 5 * MIB)
    const { firstId } = await lab.pairHomes(lab.path('b'), lab.path('a'))
    const folder = await lab.folder('in')
    const receiver = await lab.receive(lab.path('b'), folder)
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port } })
    try {
      const command = ['send', join(source, 'tree'), '--to', `127.0.0.1:${proxy.port}`, '--trust', firstId]
      await lab.run(lab.path('a'), command).expectExit(0)
      const afterFirst = proxy.counters.bytesUp
      expect(afterFirst).toBeGreaterThan(5 * MIB)
      const again = lab.run(lab.path('a'), command)
      await again.expectExit(0)
      expect(compareTrees(source, folder)).toEqual([])
      expect(again.eventsOf('done')).toMatchObject([{ skipped: 121, identical: 121, failed: 0 }])
      expect(again.eventsOf('skipped').every((event) => event['reason'] === 'identical')).toBe(true)
      // Paired devices compare before anything travels.
      expect(proxy.counters.bytesUp - afterFirst).toBeLessThan(200_000)
    } finally {
      proxy.close()
    }
  })

  it('from somebody who is not paired travels, is compared, and makes no copy either', async () => {
    const source = await lab.folder('source')
    writeFileSync(join(source, 'file'), 'content')
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), anyone)
    for (const home of ['a', 'a', 'c']) {
      const send = lab.run(lab.path(home), ['send', join(source, 'file'), '--to', receiver.address, '--trust-first-use'])
      await send.expectExit(0)
    }
    expect(names(receiver.folder)).toEqual(['file'])
  })

  it('after one file has changed sends the blocks that differ', async () => {
    const source = await lab.folder('source')
    makeBigFile(join(source, 'big'), 24 * MIB)
    const { firstId } = await lab.pairHomes(lab.path('b'), lab.path('a'))
    const folder = await lab.folder('in')
    const receiver = await lab.receive(lab.path('b'), folder, ['--on-conflict', 'replace'])
    const proxy = await FaultProxy.listen({ to: { host: '127.0.0.1', port: receiver.port } })
    try {
      const command = ['send', join(source, 'big'), '--to', `127.0.0.1:${proxy.port}`, '--trust', firstId]
      await lab.run(lab.path('a'), command).expectExit(0)
      const before = proxy.counters.bytesUp
      const content = readFileSync(join(source, 'big'))
      content[10 * MIB + 5] = (content[10 * MIB + 5] ?? 0) ^ 1
      writeFileSync(join(source, 'big'), content)
      await lab.run(lab.path('a'), command).expectExit(0)
      expect(compareTrees(source, folder)).toEqual([])
      expect(proxy.counters.bytesUp - before).toBeLessThan(2 * MIB)
    } finally {
      proxy.close()
    }
  })
})

describe('a name that is taken by other content', { timeout: GUARD_MS }, () => {
  async function scene(policy: readonly string[]) {
    const source = await lab.folder('source')
    writeFileSync(join(source, 'note.txt'), 'new')
    const folder = await lab.folder('in')
    writeFileSync(join(folder, 'note.txt'), 'old, and longer')
    const receiver = await lab.receive(lab.path('b'), folder, [...anyone, ...policy])
    const send = lab.run(lab.path('a'), ['send', join(source, 'note.txt'), '--to', receiver.address, '--trust-first-use'])
    return { source, folder, receiver, send }
  }

  it('by default keeps both', async () => {
    const { folder, receiver, send } = await scene([])
    await send.expectExit(0)
    expect(names(folder)).toEqual(['note (2).txt', 'note.txt'])
    expect(readFileSync(join(folder, 'note.txt'), 'utf8')).toBe('old, and longer')
    expect(readFileSync(join(folder, 'note (2).txt'), 'utf8')).toBe('new')
    expect(send.eventsOf('delivered')).toMatchObject([{ path: 'note (2).txt' }])
    await receiver.process.waitFor((event) => event.event === 'received' && event['path'] === 'note (2).txt')
  })

  it('with replace goes to the trash first', async () => {
    const { folder, send } = await scene(['--on-conflict', 'replace'])
    await send.expectExit(0)
    expect(names(folder)).toEqual(['note.txt'])
    expect(readFileSync(join(folder, 'note.txt'), 'utf8')).toBe('new')
    const trash = join(folder, '.holdfast', 'trash')
    const trashed = readdirSync(trash, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('note.txt'))
    expect(trashed).toHaveLength(1)
    expect(readFileSync(join(trash, trashed[0] ?? ''), 'utf8')).toBe('old, and longer')
  })

  it.each([
    { answer: ['accept'], then: { 'note.txt': 'new' }, exit: 0 },
    { answer: ['refuse'], then: { 'note.txt': 'old, and longer' }, exit: 1 },
  ])('with ask waits for $answer', async ({ answer, then, exit }) => {
    const { folder, receiver, send } = await scene(['--on-conflict', 'ask'])
    const request = await requestOf(lab, lab.path('b'))
    expect(request).toMatchObject({ kind: 'conflict', path: 'note.txt', here: { size: 15 }, offered: { size: 3 } })
    expect(send.running && receiver.process.running).toBe(true)
    await lab.run(lab.path('b'), [...answer, String(request['requestId'])]).expectExit(0)
    await send.expectExit(exit)
    for (const [name, content] of Object.entries(then)) expect(readFileSync(join(folder, name), 'utf8')).toBe(content)
    expect(names(folder)).toEqual(Object.keys(then))
  })

  it('a folder where a file should go, and a file where a folder should go: both stay', async () => {
    const source = await lab.folder('source')
    mkdirSync(join(source, 'was-file'))
    writeFileSync(join(source, 'was-file', 'inner'), 'inner')
    writeFileSync(join(source, 'was-folder'), 'a file now')
    const folder = await lab.folder('in')
    writeFileSync(join(folder, 'was-file'), 'keep me')
    mkdirSync(join(folder, 'was-folder'))
    const receiver = await lab.receive(lab.path('b'), folder, anyone)
    const send = lab.run(lab.path('a'), ['send', join(source, 'was-file'), join(source, 'was-folder'), '--to', receiver.address, '--trust-first-use'])
    await send.expectExit(0)
    expect(readFileSync(join(folder, 'was-file'), 'utf8')).toBe('keep me')
    expect(statSync(join(folder, 'was-folder')).isDirectory()).toBe(true)
    expect(names(folder)).toEqual(['was-file', 'was-file (2)', 'was-folder', 'was-folder (2)'])
    expect(readFileSync(join(folder, 'was-file (2)', 'inner'), 'utf8')).toBe('inner')
    expect(readFileSync(join(folder, 'was-folder (2)'), 'utf8')).toBe('a file now')
  })

  it('the same content under the name is no conflict, even with other times', async () => {
    const source = await lab.folder('source')
    writeFileSync(join(source, 'note.txt'), 'same')
    const folder = await lab.folder('in')
    writeFileSync(join(folder, 'note.txt'), 'same')
    utimesSync(join(folder, 'note.txt'), 1, 1)
    const receiver = await lab.receive(lab.path('b'), folder, anyone)
    const send = lab.run(lab.path('a'), ['send', join(source, 'note.txt'), '--to', receiver.address, '--trust-first-use'])
    await send.expectExit(0)
    expect(names(folder)).toEqual(['note.txt'])
    expect(send.eventsOf('skipped')).toMatchObject([{ path: 'note.txt', reason: 'identical' }])
  })
})

/** The first request of a home's running engine; asks again until there is one. */
async function requestOf(lab: Lab, home: string): Promise<Record<string, unknown>> {
  for (;;) {
    const list = lab.run(home, ['requests'])
    await list.expectExit(0)
    const [request] = list.eventsOf('request')
    if (request) return request
  }
}
