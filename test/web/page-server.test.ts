import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fakeTransfer } from '../support/fake-engine.ts'
import { PageLab } from './fixture.ts'

let lab: PageLab
beforeEach(async () => {
  lab = await PageLab.start()
})
afterEach(() => lab.close())

const refused = { ok: false, error: { code: 'USAGE_INVALID' } }

describe('files', () => {
  test('are the page’s, with everything that keeps it to itself', async () => {
    const { status, headers, body } = await lab.ask()
    expect([status, body]).toEqual([200, '<!doctype html>the page'])
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY', 'cache-control': 'no-store' })
    const script = await lab.ask({ path: '/assets/main-1.js?x=1' })
    expect(script.status).toBe(200)
    expect((await lab.ask({ path: '/assets/main-1.js', headers: { 'if-none-match': script.headers.etag ?? '' } })).status).toBe(304)
    expect(await lab.ask({ method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  test.each([
    '/../secret.html', '/assets/../../secret.html', '/%2e%2e/secret.html', '/..%2fsecret.html', '/assets/main-1.js.map', '/assets', '/assets/',
    '/index.html/', '/__proto__', '/constructor', '/secret.html', '/assets/main-1.js%00.html', '/upload/x',
  ])('%s is none of them', async (path) => {
    expect(await lab.ask({ path })).toMatchObject({ status: 404, body: '' })
  })

  test.each(['//evil.example/', 'http://evil.example/', '*', `/${'x'.repeat(17_000)}`])('%s is no address', async (path) => {
    expect((await lab.ask({ path })).status).toBe(400)
  })
})

describe('who is answered', () => {
  test.each(['evil.example', 'evil.example:80', '127.0.0.1.evil.example', 'localhost.evil.example', '192.168.1.1', '[2001:db8::1]', 'a b', '127.0.0.1:x'])(
    'not a page that calls us %s',
    async (host) => {
      const { status } = await lab.ask({ headers: { host } })
      expect([400, 421]).toContain(status)
      await expect(lab.connect({ host, origin: `http://${host}`, cookie: await lab.cookie() })).rejects.toThrow(/refused 4(00|21)/)
    },
  )

  test.each(['localhost:9', '127.0.0.1:9', '[::1]:9', '127.9.9.9', 'LOCALHOST'])('a tunnel’s page that calls us %s', async (host) => {
    expect((await lab.ask({ headers: { host } })).status).toBe(200)
    const answer = await lab.ask({ method: 'POST', path: '/session', headers: { host, origin: `http://${host}` }, body: lab.token })
    expect(answer.status).toBe(204)
  })

  test.each(['http://evil.example', 'http://localhost:1', 'https://HOST', 'null', '', 'http://HOST.evil.example'])('not what comes from %s', async (from) => {
    const origin = from.replace('HOST', lab.host)
    const cookie = await lab.cookie()
    const { token } = lab
    expect((await lab.ask({ method: 'POST', path: '/session', headers: { origin }, body: token })).status).toBe(403)
    expect((await lab.ask({ method: 'PUT', path: '/upload/x?path=y', headers: { origin, cookie }, body: 'z' })).status).toBe(403)
    await expect(lab.connect({ origin, cookie })).rejects.toThrow('refused 403')
    expect(lab.token).toBe(token)
  })

  test('not what the browser itself calls cross-site', async () => {
    const answer = await lab.ask({ method: 'POST', path: '/session', headers: { 'sec-fetch-site': 'same-site' }, body: lab.token })
    expect(answer.status).toBe(403)
  })

  test.each(['DELETE', 'PATCH', 'OPTIONS', 'TRACE'])('not %s', async (method) => {
    expect((await lab.ask({ method })).status).toBe(405)
  })

  test.each([['POST', '/', 405], ['POST', '/events', 404], ['PUT', '/session', 405], ['PUT', '/upload/', 404], ['PUT', '/upload/a/b', 404]])('not %s %s', async (method, path, status) => {
    expect((await lab.ask({ method: String(method), path: String(path), headers: { cookie: await lab.cookie() } })).status).toBe(status)
  })
})

describe('the token', () => {
  test('lets one browser in, once, and is replaced at once', async () => {
    const { token } = lab
    const answer = await lab.ask({ method: 'POST', path: '/session', body: token })
    expect(answer.status).toBe(204)
    expect(answer.headers['set-cookie']).toEqual([expect.stringMatching(/^holdfast-ABCDEFGH=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/)])
    expect((await lab.ask({ method: 'POST', path: '/session', body: token })).status).toBe(401)
    expect(lab.addresses).toEqual([lab.server.url])
    expect(lab.token).not.toBe(token)
    expect(Buffer.from(lab.token, 'base64url')).toHaveLength(32)
  })

  test.each(['', 'x', 'a'.repeat(43), ' '.repeat(300)])('“%s” is none', async (body) => {
    const { status, headers } = await lab.ask({ method: 'POST', path: '/session', body })
    expect([401, 413]).toContain(status)
    expect(headers['set-cookie']).toBeUndefined()
    expect(lab.addresses).toEqual([])
  })

  test('does not open the rest by itself', async () => {
    await expect(lab.connect({})).rejects.toThrow('refused 401')
    await expect(lab.connect({ cookie: `holdfast-ABCDEFGH=${lab.token}` })).rejects.toThrow('refused 401')
    expect((await lab.ask({ path: '/session' })).status).toBe(401)
    expect((await lab.ask({ method: 'PUT', path: '/upload/x?path=y', body: 'z' })).status).toBe(401)
    expect((await lab.ask({ path: '/session', headers: { cookie: await lab.cookie() } })).status).toBe(204)
  })

  test('seventeen browsers are one too many: the one unused for longest has to ask again', async () => {
    const cookies: string[] = []
    for (let i = 0; i < 17; i += 1) cookies.push(await lab.cookie())
    expect((await lab.ask({ path: '/session', headers: { cookie: cookies[0] ?? '' } })).status).toBe(401)
    expect((await lab.ask({ path: '/session', headers: { cookie: cookies[1] ?? '' } })).status).toBe(204)
  })
})

describe('a page', () => {
  test('asks, several of one browser at once, and all hear what happens', async () => {
    const cookie = await lab.cookie()
    const [first, second] = [await lab.connect({ cookie }), await lab.connect({ cookie })]
    expect(await first.call('app:info', {})).toMatchObject({ ok: true, value: { kind: 'page', canOpen: false } })
    expect(await second.call('engine:status', {})).toMatchObject({ ok: true, value: { name: 'here' } })
    lab.engine.emit('transfer:changed', fakeTransfer({ bytes: 7 }))
    for (const page of [first, second]) await page.until('the change', (message) => 'event' in message && message.event === 'transfer:changed')
  })

  test('gets the newest of each thing, ten times a second at most', async () => {
    const page = await lab.connect({ cookie: await lab.cookie() })
    for (let bytes = 0; bytes <= 1000; bytes += 1) lab.engine.emit('transfer:changed', fakeTransfer({ bytes }))
    const last = await page.until('the last', (message) => 'event' in message && (message.payload as { bytes?: number }).bytes === 1000)
    expect(last).toBeDefined()
    expect(page.heard.length).toBeLessThanOrEqual(3)
  })

  test.each([
    ['nonsense', {}], ['__proto__', {}], ['toString', {}], [5, {}], [null, {}], ['engine:status', { x: 1 }], ['engine:status', null], ['engine:status', []],
    ['transfer:cancel', { transferId: '../..' }], ['transfer:list', { offset: -1, limit: 1 }], ['transfer:list', { offset: 0, limit: 501 }],
    ['send:start', { sourceIds: ['a'], targets: [{ kind: 'address', host: 'h', port: 99999 }] }], ['settings:set', { receiveFolder: '/etc' }],
    ['transfer:send', { paths: ['/etc/passwd'], targets: [] }], ['received:get', { id: '1' }],
  ])('that calls %s with %j is refused as data', async (command, args) => {
    const page = await lab.connect({ cookie: await lab.cookie() })
    expect(await page.call(command, args)).toMatchObject(refused)
    expect(await page.call('app:info', {})).toMatchObject({ ok: true })
  })

  test.each(['', 'null', '[]', '{"id":"1"}', '{"command":"app:info"}', '{', '\u0000'])('that says %j is closed', async (text) => {
    const page = await lab.connect({ cookie: await lab.cookie() })
    page.socket.send(text)
    expect(await page.closed).toBe(1008)
  })

  test('that says too much, or in bytes, is closed', async () => {
    const cookie = await lab.cookie()
    const large = await lab.connect({ cookie })
    large.socket.on('error', () => undefined)
    large.socket.send('x'.repeat(9 * 1024 * 1024))
    expect([1006, 1009]).toContain(await large.closed)
    const binary = await lab.connect({ cookie })
    binary.socket.send(Buffer.from('{"id":1,"command":"app:info","args":{}}'))
    expect(await binary.closed).toBe(1003)
    expect(await (await lab.connect({ cookie })).call('app:info', {})).toMatchObject({ ok: true })
  })

  test('is one of thirty-two', async () => {
    const cookie = await lab.cookie()
    for (let i = 0; i < 32; i += 1) await lab.connect({ cookie })
    await expect(lab.connect({ cookie })).rejects.toThrow('refused 503')
  })
})

describe('an upload', () => {
  async function begin(files: number, size: number, kind: 'file' | 'folder' = 'folder') {
    const cookie = await lab.cookie()
    const page = await lab.connect({ cookie })
    const reply = (await page.call('source:begin-upload', { name: 'Trip', kind, size, files })) as { value: { sourceId: string } }
    const { sourceId } = reply.value
    const put = (path: string, body: string, headers: Record<string, string> = {}) =>
      lab.ask({ method: 'PUT', path: `/upload/${encodeURIComponent(sourceId)}?path=${encodeURIComponent(path)}`, headers: { cookie, ...headers }, body })
    return { page, sourceId, put, cookie }
  }
  const outbox = (): string[] => readdirSync(lab.home, { recursive: true, encoding: 'utf8' })

  test('is kept until it is sent, under its own names', async () => {
    const { page, sourceId, put } = await begin(2, 8)
    expect((await put('a.txt', 'aaaa')).status).toBe(204)
    expect((await put('d/ü.txt', 'bbbb')).status).toBe(204)
    expect(await page.call('source:finish-upload', { sourceId })).toMatchObject({ ok: true, value: { name: 'Trip', size: 8 } })
    const kept = outbox().find((name) => name.endsWith(join('d', 'ü.txt')))
    expect(readFileSync(join(lab.home, kept ?? ''), 'utf8')).toBe('bbbb')
  })

  test.each(['../x', 'a/../../x', '/x', 'a//b', '.', 'a/./b', '\u0000', 'x'.repeat(5000), ''])('cannot be called %j', async (path) => {
    const { put } = await begin(2, 8)
    const before = outbox()
    const answer = await put(path, 'aaaa')
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'USAGE_INVALID' })
    expect(outbox()).toEqual(before)
  })

  test('is no longer, and no more, than announced', async () => {
    const { put, page, sourceId } = await begin(1, 4)
    expect((await put('long', 'aaaaa')).status).toBe(400)
    expect((await put('fits', 'aaaa')).status).toBe(204)
    expect((await put('more', '')).status).toBe(400)
    expect(outbox().some((name) => name.endsWith('long') || name.endsWith('more'))).toBe(false)
    expect(await page.call('source:finish-upload', { sourceId })).toMatchObject({ ok: true })
  })

  test('that the disk has no room for, or that does not say how long it is, is refused before it is read', async () => {
    const { put, cookie, sourceId } = await begin(1, 2 ** 52)
    const answer = await put('huge', '', { 'content-length': String(2 ** 52) })
    expect(answer.status).toBe(507)
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'DISK_FULL' })
    const chunked = await lab.ask({ method: 'PUT', path: `/upload/${sourceId}?path=x`, headers: { cookie, 'transfer-encoding': 'chunked' }, body: 'x' })
    expect(chunked.status).toBe(400)
  })

  test('that nobody announced is refused', async () => {
    const { cookie } = await begin(1, 4)
    for (const id of ['nobody', '%2f..%2f', '%ff', '__proto__']) {
      expect((await lab.ask({ method: 'PUT', path: `/upload/${id}?path=x`, headers: { cookie }, body: 'x' })).status).toBe(400)
    }
  })
})

test('where other machines reach it, addresses and this machine’s name are ours, foreign names are not', async () => {
  const open = await PageLab.start('0.0.0.0')
  try {
    expect(open.server.isPublic).toBe(true)
    expect(open.server.url).toMatch(/^http:\/\/localhost:/)
    expect((await open.ask({ headers: { host: `192.168.7.7:${open.server.address.port}` } })).status).toBe(200)
    expect((await open.ask({ headers: { host: 'evil.example' } })).status).toBe(421)
  } finally {
    await open.close()
  }
})
