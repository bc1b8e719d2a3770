/**
 * QR codes (ISO/IEC 18004) for short texts: alphanumeric mode, error correction level M, versions 1 to 6, which holds 154
 * characters. Pure.
 */
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** For level M: data codewords, error correction codewords of a block, number of blocks (all of one size up to version 6). */
const VERSIONS = [
  { data: 16, correction: 10, blocks: 1 },
  { data: 28, correction: 16, blocks: 1 },
  { data: 44, correction: 26, blocks: 1 },
  { data: 64, correction: 18, blocks: 2 },
  { data: 86, correction: 24, blocks: 2 },
  { data: 108, correction: 16, blocks: 4 },
] as const

const EXP = new Uint8Array(512)
const LOG = new Uint8Array(256)
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value
  EXP[power + 255] = value
  LOG[value] = power
  value = (value << 1) ^ (value & 0x80 ? 0x11d : 0)
}
const multiply = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0))

/** The remainder of the data by the generator polynomial of this degree: Reed-Solomon over GF(256). */
export function correctionOf(data: readonly number[], degree: number): number[] {
  let generator = [1]
  for (let power = 0; power < degree; power++) {
    const next = new Array<number>(generator.length + 1).fill(0)
    generator.forEach((coefficient, index) => {
      next[index] = (next[index] ?? 0) ^ coefficient
      next[index + 1] = (next[index + 1] ?? 0) ^ multiply(coefficient, EXP[power] ?? 0)
    })
    generator = next
  }
  const remainder = [...data, ...new Array<number>(degree).fill(0)]
  for (let at = 0; at < data.length; at++) {
    const factor = remainder[at] ?? 0
    generator.forEach((coefficient, index) => {
      remainder[at + index] = (remainder[at + index] ?? 0) ^ multiply(coefficient, factor)
    })
  }
  return remainder.slice(data.length)
}

function dataBits(text: string, capacity: number): number[] {
  const bits: number[] = []
  const push = (value: number, length: number): void => {
    for (let bit = length - 1; bit >= 0; bit--) bits.push((value >> bit) & 1)
  }
  push(0b0010, 4)
  push(text.length, 9)
  for (let at = 0; at < text.length; at += 2) {
    const first = ALPHABET.indexOf(text[at] ?? '')
    const second = text[at + 1]
    if (second === undefined) push(first, 6)
    else push(first * 45 + ALPHABET.indexOf(second), 11)
  }
  push(0, Math.min(4, capacity * 8 - bits.length))
  while (bits.length % 8 !== 0) bits.push(0)
  for (let pad = 0xec; bits.length < capacity * 8; pad ^= 0xec ^ 0x11) push(pad, 8)
  return bits
}

function codewords(text: string, version: (typeof VERSIONS)[number]): number[] {
  const bits = dataBits(text, version.data)
  const data = Array.from({ length: version.data }, (_, index) => bits.slice(index * 8, index * 8 + 8).reduce((byte, bit) => byte * 2 + bit, 0))
  const size = version.data / version.blocks
  const blocks = Array.from({ length: version.blocks }, (_, index) => data.slice(index * size, (index + 1) * size))
  const corrections = blocks.map((block) => correctionOf(block, version.correction))
  const interleaved: number[] = []
  for (let at = 0; at < size; at++) for (const block of blocks) interleaved.push(block[at] ?? 0)
  for (let at = 0; at < version.correction; at++) for (const block of corrections) interleaved.push(block[at] ?? 0)
  return interleaved
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

export type Modules = readonly (readonly boolean[])[]

function formatBits(mask: number): number {
  // Level M is 00; BCH(15,5), then the fixed mask.
  let rest = mask << 10
  for (let bit = 14; bit >= 10; bit--) if ((rest >> bit) & 1) rest ^= 0x537 << (bit - 10)
  return ((mask << 10) | rest) ^ 0x5412
}

function drawFunctions(size: number, mask: number): { modules: boolean[][]; fixed: boolean[][] } {
  const modules = Array.from({ length: size }, () => new Array<boolean>(size).fill(false))
  const fixed = Array.from({ length: size }, () => new Array<boolean>(size).fill(false))
  const set = (x: number, y: number, dark: boolean): void => {
    const row = modules[y]
    const fixedRow = fixed[y]
    if (!row || !fixedRow || x < 0 || x >= size) return
    row[x] = dark
    fixedRow[x] = true
  }
  for (let at = 0; at < size; at++) {
    set(6, at, at % 2 === 0)
    set(at, 6, at % 2 === 0)
  }
  const finder = (cx: number, cy: number): void => {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy))
        set(cx + dx, cy + dy, ring !== 2 && ring !== 4)
      }
    }
  }
  finder(3, 3)
  finder(size - 4, 3)
  finder(3, size - 4)
  if (size > 21) {
    const at = size - 7
    for (let dy = -2; dy <= 2; dy++) for (let dx = -2; dx <= 2; dx++) set(at + dx, at + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1)
  }
  const format = formatBits(mask)
  const bit = (index: number): boolean => ((format >> index) & 1) === 1
  for (let index = 0; index <= 5; index++) set(8, index, bit(index))
  set(8, 7, bit(6))
  set(8, 8, bit(7))
  set(7, 8, bit(8))
  for (let index = 9; index < 15; index++) set(14 - index, 8, bit(index))
  for (let index = 0; index < 8; index++) set(size - 1 - index, 8, bit(index))
  for (let index = 8; index < 15; index++) set(8, size - 15 + index, bit(index))
  set(8, size - 8, true)
  return { modules, fixed }
}

function draw(words: readonly number[], size: number, mask: number): boolean[][] {
  const { modules, fixed } = drawFunctions(size, mask)
  const covers = MASKS[mask]
  let at = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      const upward = ((right + 1) & 2) === 0
      const y = upward ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if (fixed[y]?.[x]) continue
        const dark = (((words[at >> 3] ?? 0) >> (7 - (at & 7))) & 1) === 1
        const row = modules[y]
        if (row) row[x] = dark !== (covers?.(x, y) ?? false)
        at += 1
      }
    }
  }
  return modules
}

/** The penalties of ISO/IEC 18004: runs, squares, patterns like a finder, and imbalance. */
function penalty(modules: Modules): number {
  const size = modules.length
  const columns = modules.map((_, x) => modules.map((row) => row[x] ?? false))
  let sum = 0
  let dark = 0
  for (const line of [...modules, ...columns]) {
    const text = line.map((module) => (module ? '1' : '0')).join('')
    for (const run of text.matchAll(/0{5,}|1{5,}/g)) sum += run[0].length - 2
    for (let at = 0; at + 11 <= size; at++) {
      const part = text.slice(at, at + 11)
      if (part === '10111010000' || part === '00001011101') sum += 40
    }
  }
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const here = modules[y]?.[x]
      if (here) dark += 1
      if (x + 1 < size && y + 1 < size && here === modules[y]?.[x + 1] && here === modules[y + 1]?.[x] && here === modules[y + 1]?.[x + 1]) sum += 3
    }
  }
  return sum + 10 * Math.floor(Math.abs((dark / (size * size)) * 100 - 50) / 5)
}

/** The modules of a code for this text, true is dark, without the quiet zone. Throws a RangeError for what does not fit. */
export function qrModules(text: string): Modules {
  if ([...text].some((character) => !ALPHABET.includes(character))) throw new RangeError('Only QR alphanumeric characters.')
  const needed = Math.ceil((13 + Math.floor(text.length / 2) * 11 + (text.length % 2) * 6) / 8)
  const index = VERSIONS.findIndex((version) => version.data >= needed)
  const version = VERSIONS[index]
  if (!version) throw new RangeError('Too long for a code of version 6.')
  const words = codewords(text, version)
  const size = 21 + 4 * index
  let best: { modules: Modules; penalty: number } | null = null
  for (let mask = 0; mask < MASKS.length; mask++) {
    const modules = draw(words, size, mask)
    const cost = penalty(modules)
    if (!best || cost < best.penalty) best = { modules, penalty: cost }
  }
  return best?.modules ?? []
}
