import { createHash } from 'node:crypto'
import { chmodSync, lstatSync, mkdirSync, realpathSync, unlinkSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { HoldfastError } from '../../../shared/errors.ts'
import { codeOf } from './net-error.ts'

/** The kernel's limit is 104 (macOS) or 108 bytes, the final zero included. */
const LONGEST_PATH_BYTES = 100
const MAX_CLIENTS = 64
/** How long clients may take to be answered for the last time. */
const LAST_WORDS_MS = 500

export interface LocalListener {
  readonly path: string
  /** Takes no more clients. */
  stop(): void
  /** The same; and those there are have a moment to end. */
  close(): Promise<void>
}

/**
 * Where the engine of a home is spoken to. A home whose own path is too long for a socket gets a hashed name in a folder
 * of the user's own; Windows has named pipes instead.
 */
export function localSocketPath(home: string, platform: NodeJS.Platform = process.platform): string {
  const canonical = canonicalPath(home)
  const hash = createHash('sha256').update(canonical).digest('hex').slice(0, 32)
  if (platform === 'win32') return `\\\\.\\pipe\\holdfast-${hash}`
  const plain = join(canonical, 'engine.sock')
  if (Buffer.byteLength(plain) <= LONGEST_PATH_BYTES) return plain
  return join(overflowFolder(), `${hash}.sock`)
}

/**
 * Listens for other commands of the same user on this home. Only for the holder of the home's lock: a socket that is
 * there already is then a dead engine's, and is removed. Throws HOME_UNUSABLE.
 */
export async function listenLocal(home: string, onConnection: (socket: Socket) => void): Promise<LocalListener> {
  const path = localSocketPath(home)
  const sockets = new Set<Socket>()
  try {
    if (process.platform !== 'win32') {
      mkdirSync(home, { recursive: true, mode: 0o700 })
      if (path.startsWith(overflowFolder())) ensureOwnFolder(overflowFolder())
      removeStaleSocket(path)
    }
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('close', () => sockets.delete(socket))
      onConnection(socket)
    })
    server.maxConnections = MAX_CLIENTS
    await bind(server, path)
    if (process.platform !== 'win32') chmodSync(path, 0o600)
    const closed = new Promise<void>((done) => server.once('close', done))
    // Node removes the socket's file.
    const stop = () => void (server.listening && server.close())
    return {
      path,
      stop,
      async close() {
        stop()
        const cutOff = setTimeout(() => sockets.forEach((socket) => socket.destroy()), LAST_WORDS_MS)
        await closed
        clearTimeout(cutOff)
      },
    }
  } catch (error) {
    if (error instanceof HoldfastError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new HoldfastError('HOME_UNUSABLE', `Other commands cannot reach this engine: ${path} (${reason}).`, { cause: error })
  }
}

/** Throws ENGINE_NOT_RUNNING when nobody listens for this home, PATH_NO_PERMISSION when it is another user's. */
export function connectLocal(home: string): Promise<Socket> {
  const path = localSocketPath(home)
  return new Promise((done, reject) => {
    const socket = createConnection({ path })
    const onError = (error: Error) => reject(connectError(error, home))
    socket.once('error', onError)
    socket.once('connect', () => {
      socket.off('error', onError)
      done(socket)
    })
  })
}

function connectError(error: Error, home: string): HoldfastError {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM') {
    return new HoldfastError('PATH_NO_PERMISSION', `The engine of ${home} belongs to another user.`, { cause: error })
  }
  return new HoldfastError(
    'ENGINE_NOT_RUNNING',
    `Holdfast is not running for ${home}. Start it (holdfast receive, holdfast serve, or the app).`,
    { cause: error },
  )
}

function bind(server: Server, path: string): Promise<void> {
  return new Promise((done, reject) => {
    server.once('error', reject)
    server.listen({ path }, () => {
      server.off('error', reject)
      server.on('error', () => undefined)
      done()
    })
  })
}

/** By number: in a container the user often has no name (`os.userInfo` throws then). */
function overflowFolder(): string {
  return join(tmpdir(), `holdfast-${process.getuid?.()}`)
}

/** A folder in a place where everybody may write: only if it is a real folder, ours, and closed to others. */
function ensureOwnFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.() || (found.mode & 0o077) !== 0) {
    throw new HoldfastError(
      'HOME_UNUSABLE',
      `${folder} is not a private folder of this user. Remove it, or use a --home with a shorter path.`,
    )
  }
}

function removeStaleSocket(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false })
  if (!found) return
  if (!found.isSocket()) {
    throw new HoldfastError('HOME_UNUSABLE', `${path} is in the way: Holdfast needs this name for a socket. Move it aside.`)
  }
  unlinkSync(path)
}

/** One home, one name, however it was written. A home that does not exist yet has no links to resolve. */
function canonicalPath(home: string): string {
  const absolute = resolve(home)
  try {
    return realpathSync.native(absolute)
  } catch {
    return absolute
  }
}
