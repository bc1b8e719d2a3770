import blake from '@napi-rs/blake-hash'
import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'
import { fileDigest } from './digest.ts'

type Hasher = InstanceType<typeof blake.Blake3Hasher>

/** A file's digest (util/digest.ts) of bytes that come in slices of any size. Keeps 32 bytes per MiB. */
export class ContentDigest {
  #hasher: Hasher = new blake.Blake3Hasher()
  #inBlock = 0
  #bytes = 0
  #digests = Buffer.alloc(DIGEST_BYTES)
  #blocks = 0

  get bytes(): number {
    return this.#bytes
  }

  update(slice: Uint8Array): void {
    for (let offset = 0; offset < slice.length; ) {
      const end = Math.min(slice.length, offset + BLOCK_BYTES - this.#inBlock)
      this.#hasher.update(Buffer.from(slice.buffer, slice.byteOffset + offset, end - offset))
      this.#inBlock += end - offset
      this.#bytes += end - offset
      offset = end
      if (this.#inBlock === BLOCK_BYTES) this.#closeBlock()
    }
  }

  /** Hex. Nothing may follow. */
  finish(): string {
    if (this.#inBlock > 0) this.#closeBlock()
    return fileDigest(this.#bytes, this.#digests.subarray(0, this.#blocks * DIGEST_BYTES)).toString('hex')
  }

  #closeBlock(): void {
    const end = (this.#blocks + 1) * DIGEST_BYTES
    if (end > this.#digests.length) this.#digests = Buffer.concat([this.#digests, Buffer.alloc(this.#digests.length)])
    this.#hasher.digestBuffer().copy(this.#digests, end - DIGEST_BYTES)
    this.#blocks += 1
    this.#inBlock = 0
    this.#hasher = new blake.Blake3Hasher()
  }
}
