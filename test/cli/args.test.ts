import { expect, test } from 'vitest'
import { homeFolder } from '../../electron/cli/home-folder.ts'
import { parsePlainPlace } from '../../electron/cli/receive-plain.ts'
import { COMMANDS } from '../../electron/cli/registry.ts'
import { FakeEngine } from '../support/fake-engine.ts'
import { FakeIo, run } from './fake-io.ts'

test.each([
  [['nonsense'], 'there is no command "nonsense"; see holdfast --help'],
  [['send', '/tmp', '--nonsense'], 'see holdfast send --help'],
  [['send', '--to', 'x:1'], 'something is missing: holdfast send'],
  [['send', '/tmp'], '--to HOST:PORT or --to DEVICE is missing; see holdfast send --help'],
  [['send', '/tmp', '--to'], 'see holdfast send --help'],
  [['send', '/tmp', '--to', 'x:1', '--give-up-after', 'soon'], '--give-up-after takes a number'],
  [['send', '/tmp', '--to', 'x:1', '--trust', 'nobody'], 'no device id'],
  [['receive', 'more'], 'too many arguments'],
  [['receive', '--listen', 'here'], 'is no address'],
  [['receive', '--accept', 'everybody'], '--accept is one of paired, anyone'],
  [['receive', '--on-conflict=drop'], '--on-conflict is one of keep-both, replace, ask'],
  [['receive', '--plain', '127.0.0.1:eof'], '--plain takes HOST:PORT:FRAMING'],
  [['pair'], 'something is missing'],
  [['status', '--json=yes'], 'see holdfast status --help'],
])('%j is wrong usage, said in one line', async (line, said) => {
  const { io, exit, opened } = run(line, [])
  expect(await exit).toBe(2)
  expect(io.stderr.text).toContain(said)
  expect(io.stderr.text.trim().split('\n')).toHaveLength(1)
  expect(io.stdout.text).toBe('')
  expect(opened).toEqual([])
})

test('scripts are told of wrong usage too', async () => {
  const { io, exit } = run(['send', '--json'], [])
  expect(await exit).toBe(2)
  expect(io.stdout.named('error')).toMatchObject([{ code: 'USAGE_INVALID' }])
})

test('every command helps', async () => {
  for (const { name } of COMMANDS) {
    const { io, exit } = run([...name.split(' '), '--help'], [])
    expect(await exit).toBe(0)
    expect(io.stdout.text).toContain(`holdfast ${name}`)
    expect(io.stdout.text).toContain('--home DIR')
  }
})

test('overall help and version', async () => {
  const help = run(['--help'], [])
  expect(await help.exit).toBe(0)
  for (const { name } of COMMANDS) expect(help.io.stdout.text).toContain(`  ${name} `)
  const version = run(['--version'], [])
  expect(await version.exit).toBe(0)
  expect(version.io.stdout.text).toBe('1.2.3\n')
  const nothing = run([], [])
  expect(await nothing.exit).toBe(2)
  expect(nothing.io.stderr.text).toContain('holdfast COMMAND')
})

test('where the home is', () => {
  const io = new FakeIo()
  expect(homeFolder(undefined, io)).toBe('/home/me/.local/share/holdfast')
  io.env['XDG_DATA_HOME'] = 'relative'
  expect(homeFolder(undefined, io)).toBe('/home/me/.local/share/holdfast')
  io.env['XDG_DATA_HOME'] = '/data'
  expect(homeFolder(undefined, io)).toBe('/data/holdfast')
  io.env['HOLDFAST_HOME'] = 'mine'
  expect(homeFolder(undefined, io)).toBe('/work/mine')
  expect(homeFolder('/other', io)).toBe('/other')
  expect(homeFolder(undefined, { ...io, env: {}, platform: 'darwin' })).toBe('/home/me/Library/Application Support/Holdfast')
  expect(homeFolder(undefined, { ...io, env: { APPDATA: 'C:\\Data' }, platform: 'win32' })).toBe('C:\\Data\\Holdfast')
  // Not below wherever it was started.
  expect(() => homeFolder(undefined, { ...io, env: {}, userHome: '' })).toThrow(expect.objectContaining({ code: 'HOME_UNUSABLE', message: expect.stringContaining('--home DIR') as string }))
  expect(homeFolder(undefined, { ...io, env: { XDG_DATA_HOME: '/data' }, userHome: '' })).toBe('/data/holdfast')
})

test('common options reach the engine', async () => {
  const { exit, opened, io } = run(['receive', '--home', 'here', '--no-discovery', '--listen', '[::1]:0', '--dir', 'in', '--accept', 'anyone'], [
    new FakeEngine({ 'request:list': () => [], 'pairing:list': () => [] }),
  ])
  await expect.poll(() => io.stdout.text + io.stderr.text).toContain('4680')
  io.signal()
  expect(await exit).toBe(0)
  expect(opened).toEqual([
    {
      role: 'own',
      options: {
        home: '/work/here',
        discovery: false,
        continueTransfers: 'all',
        listen: { host: '::1', port: 0 },
        receiveFolder: '/work/in',
        accept: 'anyone',
        version: '1.2.3',
      },
    },
  ])
})

test('a plain place: address and framing, either with colons', () => {
  expect(parsePlainPlace('127.0.0.1:0:fixed:10')).toEqual({ address: { host: '127.0.0.1', port: 0 }, framing: 'fixed:10' })
  expect(parsePlainPlace('[::1]:1060:eof')).toEqual({ address: { host: '::1', port: 1060 }, framing: 'eof' })
})
