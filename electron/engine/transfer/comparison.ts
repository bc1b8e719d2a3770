import { BLOCK_BYTES, DIGEST_BYTES } from '../protocol/limits.ts'

/** Digests of files to compare, as the receiver tells them, by file number, until a file's are complete. */
export class Comparison {
  readonly #open = new Map<number, { readonly digests: Buffer; filled: number }>()

  clear(): void {
    this.#open.clear()
  }

  drop(file: number): void {
    this.#open.delete(file)
  }

  /** `size`: of the file. */
  begin(file: number, size: number): void {
    this.#open.set(file, { digests: Buffer.alloc(Math.max(1, Math.ceil(size / BLOCK_BYTES)) * DIGEST_BYTES), filled: 0 })
  }

  /** The digests when they are complete; `'more'`: not yet, or nobody asked; `'wrong'`: they do not fit the file. */
  add(file: number, firstBlock: number, digests: Uint8Array): Buffer | 'more' | 'wrong' {
    const comparing = this.#open.get(file)
    if (!comparing) return 'more'
    const at = firstBlock * DIGEST_BYTES
    if (at !== comparing.filled || at + digests.length > comparing.digests.length) return 'wrong'
    comparing.digests.set(digests, at)
    comparing.filled += digests.length
    if (comparing.filled < comparing.digests.length) return 'more'
    this.#open.delete(file)
    return comparing.digests
  }
}
