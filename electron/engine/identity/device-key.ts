import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { deviceIdOfSpki, isDeviceSpki } from '../util/spki.ts'
import { generateSelfSigned } from './self-signed.ts'

/** Who this device is. `keyPem` is the one secret of the home. */
export interface Identity {
  readonly deviceId: DeviceId
  /** PKCS #8, PEM. */
  readonly keyPem: string
  readonly certificatePem: string
  /** The public key, SPKI in DER. */
  readonly spki: Uint8Array
}

const KEY_FILE = 'key.pem'
const CERTIFICATE_FILE = 'cert.pem'
const LARGEST_PEM_BYTES = 64 * 1024

/**
 * Loads the device key of a home, or creates it when there is none at all. What is there and cannot be used is never
 * replaced (others have pinned this key): HOME_UNUSABLE.
 */
export async function loadOrCreateIdentity(home: string): Promise<Identity> {
  const folder = join(home, 'identity')
  try {
    if (await isMissingOrEmpty(folder)) await createIdentity(home, folder)
    return await loadIdentity(folder)
  } catch (error) {
    if (error instanceof HoldfastError) throw error
    throw unusable(folder, error instanceof Error ? error.message : String(error), error)
  }
}

async function loadIdentity(folder: string): Promise<Identity> {
  const keyFile = join(folder, KEY_FILE)
  const keyPem = await readPem(keyFile)
  const certificatePem = await readPem(join(folder, CERTIFICATE_FILE))
  let spki: Buffer
  let certified: Buffer
  try {
    spki = createPublicKey(createPrivateKey(keyPem)).export({ type: 'spki', format: 'der' })
  } catch (error) {
    throw unusable(folder, `${KEY_FILE} holds no readable key`, error)
  }
  try {
    certified = new X509Certificate(certificatePem).publicKey.export({ type: 'spki', format: 'der' })
  } catch (error) {
    throw unusable(folder, `${CERTIFICATE_FILE} holds no readable certificate`, error)
  }
  if (!isDeviceSpki(spki)) throw unusable(folder, `${KEY_FILE} holds no P-256 key`)
  if (!spki.equals(certified)) throw unusable(folder, `${KEY_FILE} and ${CERTIFICATE_FILE} do not belong together`)
  // A key restored from a backup may have come back readable for everybody.
  if (process.platform !== 'win32' && ((await stat(keyFile)).mode & 0o077) !== 0) await chmod(keyFile, 0o600)
  return { deviceId: deviceIdOfSpki(spki), keyPem, certificatePem, spki }
}

/** Both files appear at once: the folder is made whole beside its place and renamed. Whoever is second loses quietly. */
async function createIdentity(home: string, folder: string): Promise<void> {
  await mkdir(home, { recursive: true, mode: 0o700 })
  const made = generateSelfSigned()
  const staging = await mkdtemp(join(home, '.identity-'))
  try {
    await writeDurably(join(staging, KEY_FILE), made.keyPem)
    await writeDurably(join(staging, CERTIFICATE_FILE), made.certificatePem)
    await flushFolder(staging)
    // An empty folder in the way is replaced by POSIX rename, but not on Windows.
    await rmdir(folder).catch(() => undefined)
    await rename(staging, folder)
    await flushFolder(dirname(folder))
  } catch (error) {
    await rm(staging, { recursive: true, force: true })
    if (await isMissingOrEmpty(folder)) throw error
  }
}

async function readPem(file: string): Promise<string> {
  const { size } = await stat(file)
  if (size > LARGEST_PEM_BYTES) throw new Error(`${file} is too large`)
  return readFile(file, 'utf8')
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function isMissingOrEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
}

function unusable(folder: string, problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'HOME_UNUSABLE',
    `This device's identity in ${folder} cannot be used: ${problem}. It was left as it is. Restore it from a backup, or move ` +
      'the folder aside to become a new device, which others must pair with again.',
    { cause },
  )
}
