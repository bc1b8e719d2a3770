import { open } from 'node:fs/promises'
import { BLOCK_BYTES } from '../engine/protocol/limits.ts'
import { blake3, fileDigest } from '../engine/util/digest.ts'

/** A file's size and digest (DESIGN.md section 3). Reads block by block into `buffer`, which has BLOCK_BYTES. */
export async function digestFile(path: string, buffer: Buffer): Promise<{ bytes: number; digest: string }> {
  const file = await open(path, 'r')
  try {
    const digests: Buffer[] = []
    let bytes = 0
    for (;;) {
      const block = await readBlock(file, buffer, bytes)
      if (block.length === 0) break
      digests.push(blake3(block))
      bytes += block.length
      if (block.length < BLOCK_BYTES) break
    }
    return { bytes, digest: fileDigest(bytes, Buffer.concat(digests)).toString('hex') }
  } finally {
    await file.close()
  }
}

/** Shorter than the buffer at the file's end only. */
async function readBlock(file: Awaited<ReturnType<typeof open>>, buffer: Buffer, position: number): Promise<Buffer> {
  let length = 0
  while (length < BLOCK_BYTES) {
    const { bytesRead } = await file.read(buffer, length, BLOCK_BYTES - length, position + length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}
