import { writeFile } from 'node:fs/promises'
import { HoldfastError } from '../../shared/errors.ts'
import type { Source } from '../../shared/ipc/app-contract.ts'
import { fileStamp, MAX_MESSAGE_BYTES, messageFileName } from '../../shared/model/message-file.ts'
import type { Clock } from '../engine/util/clock.ts'
import type { Outbox } from './outbox.ts'
import type { SourceTray } from './source-tray.ts'

const MAX_SHOWN = 60
/** A pasted picture travels through memory. */
export const MAX_PICTURE_BYTES = 64 * 1024 * 1024

/** Sources that are no file of the user's: they become files in the outbox. */
export class OwnSources {
  readonly #outbox: Outbox
  readonly #tray: SourceTray
  readonly #clock: Clock

  constructor(outbox: Outbox, tray: SourceTray, clock: Clock) {
    this.#outbox = outbox
    this.#tray = tray
    this.#clock = clock
  }

  /** A message, as shared/model/message-file.ts says. Throws USAGE_INVALID for one that is too long or empty. */
  async addText(text: string): Promise<Source> {
    const bytes = Buffer.from(text, 'utf8')
    if (bytes.length > MAX_MESSAGE_BYTES) throw new HoldfastError('USAGE_INVALID', 'A text may have 1 MiB at most. Send a longer one as a file.')
    if (text.trim() === '') throw new HoldfastError('USAGE_INVALID', 'There is no text to send.')
    const shown = text.trim().split(/\r?\n/, 1)[0] ?? ''
    const name = [...shown].length > MAX_SHOWN ? `${[...shown].slice(0, MAX_SHOWN).join('')}…` : shown
    return await this.#add(messageFileName(fileStamp(this.#clock.now())), bytes, { name, kind: 'text' })
  }

  /** A picture without a file, in one of the web's formats. Throws USAGE_INVALID. */
  async addPicture(bytes: Uint8Array): Promise<Source> {
    const extension = pictureExtension(bytes)
    if (!extension) throw new HoldfastError('USAGE_INVALID', 'Only files, and pictures that were copied, can be put here.')
    if (bytes.length > MAX_PICTURE_BYTES) throw new HoldfastError('USAGE_INVALID', 'That picture is too large. Save it as a file and send that.')
    const name = `Picture ${fileStamp(this.#clock.now())}.${extension}`
    return await this.#add(name, bytes, { name, kind: 'image' })
  }

  async #add(fileName: string, bytes: Uint8Array, shown: Pick<Source, 'name' | 'kind'>): Promise<Source> {
    const { outboxId, path } = await this.#outbox.create(fileName)
    await writeFile(path, bytes, { mode: 0o600 })
    return this.#tray.add({ source: { ...shown, size: bytes.length }, path, outboxId, ready: true })
  }
}

/** By what the bytes begin with; nothing is believed of a name. */
function pictureExtension(bytes: Uint8Array): string | undefined {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png'
  if (head.startsWith('\xff\xd8\xff')) return 'jpg'
  if (/^GIF8[79]a/.test(head)) return 'gif'
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'webp'
  return undefined
}
