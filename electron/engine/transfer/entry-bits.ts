/** A bit for each entry of a page, the lowest of the first byte for the first. */
export class EntryBits {
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  static of(entries: number): EntryBits {
    return new EntryBits(new Uint8Array(Math.ceil(entries / 8)))
  }

  set(position: number): void {
    this.bytes[position >> 3] = (this.bytes[position >> 3] ?? 0) | (1 << (position & 7))
  }

  /** Those that are set, also beyond the page's entries: a peer has chosen them. */
  positions(): number[] {
    const found: number[] = []
    this.bytes.forEach((byte, index) => {
      for (let bit = 0; bit < 8; bit += 1) if (byte & (1 << bit)) found.push(index * 8 + bit)
    })
    return found
  }
}
