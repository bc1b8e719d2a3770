/**
 * Width times height as a picture's own header says, read without decoding it: a file of 60 kB can unfold into gigabytes of
 * pixels, and whoever shares a folder chooses what is in it. Undefined: not to be found, or nothing that could be shown.
 */
export function pixelsOf(type: string, bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const [width, height] = READERS[type]?.(view) ?? [0, 0]
    return width > 0 && height > 0 ? width * height : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

type Size = readonly [width: number, height: number]

const READERS: Readonly<Record<string, (view: DataView) => Size>> = {
  png: (view) => [view.getUint32(16), view.getUint32(20)],
  gif: gifSize,
  jpeg: jpegSize,
  webp: webpSize,
}

/** GIF89a: the screen, and the first frame where it reaches beyond it, for browsers make room for that. */
function gifSize(view: DataView): Size {
  const flags = view.getUint8(10)
  let at = 13 + ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1))
  while (view.getUint8(at) === 0x21) {
    at += 2
    while (view.getUint8(at) !== 0) at += 1 + view.getUint8(at)
    at += 1
  }
  if (view.getUint8(at) !== 0x2c) return [0, 0]
  const [left, top, width, height] = [1, 3, 5, 7].map((offset) => view.getUint16(at + offset, true)) as [number, number, number, number]
  return [Math.max(view.getUint16(6, true), left + width), Math.max(view.getUint16(8, true), top + height)]
}

/** Markers that stand alone, without a length: TEM, RST0 to RST7, SOI. */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)

/** SOF0 to SOF15 without DHT, JPG and DAC, which share their range. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc

/** ITU-T T.81, annex B: segments up to the first frame header. */
function jpegSize(view: DataView): Size {
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return [0, 0]
    const marker = view.getUint8(at + 1)
    if (marker === 0xff) at += 1
    else if (isFrame(marker)) return [view.getUint16(at + 7), view.getUint16(at + 5)]
    else at += isAlone(marker) ? 2 : 2 + view.getUint16(at + 2)
  }
}

/** RFC 9649: the first chunk is extended, lossless or lossy. */
function webpSize(view: DataView): Size {
  const uint24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 0x10000
  switch (view.getUint32(12)) {
    case 0x56503858: // VP8X
      return [uint24(24) + 1, uint24(27) + 1]
    case 0x5650384c: { // VP8L
      const bits = view.getUint32(21, true)
      return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1]
    }
    case 0x56503820: // VP8
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff]
    default:
      return [0, 0]
  }
}
