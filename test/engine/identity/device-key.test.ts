import { X509Certificate } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deviceIdOfSpki } from '../../../electron/engine/util/spki.ts'
import { loadOrCreateIdentity } from '../../../electron/engine/identity/device-key.ts'

let home: string
const inHome = (name: string) => join(home, 'identity', name)
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'holdfast-identity-')), 'home')
})
afterEach(() => rmSync(join(home, '..'), { recursive: true }))

test('is made once and loaded again unchanged', async () => {
  const made = await loadOrCreateIdentity(home)
  const loaded = await loadOrCreateIdentity(home)
  expect(loaded).toEqual(made)
  expect(made.deviceId).toBe(deviceIdOfSpki(made.spki))
  expect(readdirSync(home)).toEqual(['identity'])
  expect(readFileSync(inHome('key.pem'), 'utf8')).toBe(made.keyPem)
})

test('has a certificate that is self-signed, always valid and says nothing but holdfast', async () => {
  const made = await loadOrCreateIdentity(home)
  const certificate = new X509Certificate(made.certificatePem)
  expect(certificate.subject).toBe('CN=holdfast')
  expect(certificate.verify(certificate.publicKey)).toBe(true)
  expect(certificate.validFrom).toBe('Jan  1 00:00:00 1970 GMT')
  expect(certificate.validTo).toBe('Dec 31 23:59:59 9999 GMT')
  expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
})

test.skipIf(process.platform === 'win32')('is for its owner alone, also after a careless restore', async () => {
  await loadOrCreateIdentity(home)
  expect(statSync(join(home, 'identity')).mode & 0o777).toBe(0o700)
  for (const name of ['key.pem', 'cert.pem']) expect(statSync(inHome(name)).mode & 0o777).toBe(0o600)
  chmodSync(inHome('key.pem'), 0o644)
  await loadOrCreateIdentity(home)
  expect(statSync(inHome('key.pem')).mode & 0o777).toBe(0o600)
})

test('two at once agree on one', async () => {
  const [one, two] = await Promise.all([loadOrCreateIdentity(home), loadOrCreateIdentity(home)])
  expect(one).toEqual(two)
  expect(readdirSync(home)).toEqual(['identity'])
})

test('an empty folder is as good as none', async () => {
  mkdirSync(join(home, 'identity'), { recursive: true })
  expect((await loadOrCreateIdentity(home)).deviceId).toBeDefined()
})

test.each([
  ['a missing certificate', () => rmSync(inHome('cert.pem'))],
  ['a missing key', () => rmSync(inHome('key.pem'))],
  ['an empty key', () => truncateSync(inHome('key.pem'), 0)],
  ['half a key', () => truncateSync(inHome('key.pem'), 100)],
  ['half a certificate', () => truncateSync(inHome('cert.pem'), 200)],
  ['something else as a key', () => writeFileSync(inHome('key.pem'), 'hello')],
])('%s is reported, not replaced', async (_what, damage) => {
  await loadOrCreateIdentity(home)
  damage()
  const before = readdirSync(join(home, 'identity')).map((name) => readFileSync(inHome(name), 'utf8'))
  await expect(loadOrCreateIdentity(home)).rejects.toMatchObject({ code: 'HOME_UNUSABLE', message: expect.stringContaining('left as it is') })
  expect(readdirSync(join(home, 'identity')).map((name) => readFileSync(inHome(name), 'utf8'))).toEqual(before)
})

test('a certificate of another key is reported', async () => {
  await loadOrCreateIdentity(home)
  const other = await loadOrCreateIdentity(join(home, 'other'))
  writeFileSync(inHome('cert.pem'), other.certificatePem)
  await expect(loadOrCreateIdentity(home)).rejects.toMatchObject({ code: 'HOME_UNUSABLE', message: expect.stringContaining('belong together') })
})

test('a home that cannot be written is reported', async () => {
  writeFileSync(home, '')
  await expect(loadOrCreateIdentity(home)).rejects.toMatchObject({ code: 'HOME_UNUSABLE' })
})
