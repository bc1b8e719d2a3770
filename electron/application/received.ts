import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { HoldfastError } from '../../shared/errors.ts'
import type { AppArgs, AppReply, ReceivedFile } from '../../shared/ipc/app-contract.ts'
import type { EngineClient, Page } from '../../shared/ipc/contract.ts'
import { MAX_MESSAGE_BYTES } from '../../shared/model/message-file.ts'
import { pathError } from './path-error.ts'
import type { PlatformPorts } from './ports.ts'
import { runsWhenOpened } from './runs-when-opened.ts'

const GONE = 'That file is not where it arrived any more.'

/** The Received page's commands. Nothing here happens but on the user's click. */
export class Received {
  readonly #engine: EngineClient
  readonly #platform: PlatformPorts

  constructor(engine: EngineClient, platform: PlatformPorts) {
    this.#engine = engine
    this.#platform = platform
  }

  list(args: AppArgs<'received:list'>): Promise<Page<ReceivedFile>> {
    return this.#engine.call('received:list', args)
  }

  /** A program or a script is only shown in its folder: what a peer sent must not run by one click here. */
  async open(id: string): Promise<null> {
    const { file, path } = await this.#find(id)
    if (file.kind === 'message') throw new HoldfastError('USAGE_INVALID', 'A message is shown here, not opened.')
    if (runsWhenOpened(path)) return await this.#reveal(path)
    if (!this.#platform.openPath) throw cannotOpen()
    await this.#platform.openPath(path)
    return null
  }

  async show(id: string): Promise<null> {
    return await this.#reveal((await this.#find(id)).path)
  }

  async text(id: string): Promise<AppReply<'received:text'>> {
    const { file, path } = await this.#find(id)
    if (file.kind !== 'message') throw new HoldfastError('USAGE_INVALID', 'Only a message is shown as text.')
    try {
      const handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
      try {
        if (!(await handle.stat()).isFile()) throw new HoldfastError('FILE_NOT_REGULAR', 'That message is not a file any more.')
        const buffer = Buffer.alloc(MAX_MESSAGE_BYTES + 1)
        let length = 0
        for (;;) {
          const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
          if (bytesRead === 0) break
          length += bytesRead
        }
        const truncated = length > MAX_MESSAGE_BYTES
        return { text: new TextDecoder().decode(buffer.subarray(0, Math.min(length, MAX_MESSAGE_BYTES))), truncated }
      } finally {
        await handle.close()
      }
    } catch (error) {
      throw pathError(error, file.name)
    }
  }

  async #find(id: string): Promise<{ file: ReceivedFile; path: string }> {
    const { file, path } = await this.#engine.call('received:get', { id })
    if (path === null) throw new HoldfastError('FILE_VANISHED', GONE)
    return { file, path }
  }

  async #reveal(path: string): Promise<null> {
    if (!this.#platform.showInFolder) throw cannotOpen()
    await this.#platform.showInFolder(path)
    return null
  }
}

export function cannotOpen(): HoldfastError {
  return new HoldfastError('USAGE_INVALID', 'Nothing can be opened here: this machine has no desktop.')
}
