/**
 * What a fault proxy does to the connections through it. Distances are of bytes in one direction of one connection;
 * `every…` distances are drawn from a seed between half and one and a half times what is written here.
 */
export interface FaultSpec {
  /** Ends the connection after that many bytes, `rst` abruptly or `fin` gracefully. */
  readonly cut?: { readonly everyBytes: number; readonly how: 'rst' | 'fin'; readonly exact: boolean }
  readonly stall?: { readonly everyBytes: number; readonly forMs: number }
  readonly slow?: { readonly bytesPerSecond: number }
  /** After that many bytes ends this direction alone: the receiver sees a FIN, the sender is read and ignored. */
  readonly halfClose?: { readonly afterBytes: number }
  readonly flip?: { readonly everyBytes: number }
  /** The first connections are reset at once. */
  readonly refuseFirst?: number
  /** Accepts and never forwards a byte. */
  readonly blackHole?: boolean
  /** Only this direction is harmed (`up`: from whoever dialled the proxy). Default both. */
  readonly only?: 'up' | 'down'
}

function positive(text: string | undefined, what: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value <= 0) throw new Error(`${what} wants a positive whole number, not ${String(text)}`)
  return value
}

/**
 * Reads e.g. `cut:1000000:fin,stall:500000:2000,slow:100000,flip:300000,refuse-first:3,half-close:5000,black-hole,only:up`;
 * `cut-at:N[:fin]` cuts at exactly N; `none` or nothing is transparent.
 */
export function parseFaultSpec(text: string): FaultSpec {
  let spec: FaultSpec = {}
  for (const part of text.split(',').filter((item) => item !== '' && item !== 'none')) {
    const [name, first, second] = part.split(':')
    switch (name) {
      case 'cut':
      case 'cut-at': {
        if (second !== undefined && second !== 'rst' && second !== 'fin') throw new Error(`${part}: rst or fin`)
        spec = { ...spec, cut: { everyBytes: positive(first, part), how: second ?? 'rst', exact: name === 'cut-at' } }
        break
      }
      case 'stall':
        spec = { ...spec, stall: { everyBytes: positive(first, part), forMs: positive(second, part) } }
        break
      case 'slow':
        spec = { ...spec, slow: { bytesPerSecond: positive(first, part) } }
        break
      case 'half-close':
        spec = { ...spec, halfClose: { afterBytes: positive(first, part) } }
        break
      case 'flip':
        spec = { ...spec, flip: { everyBytes: positive(first, part) } }
        break
      case 'refuse-first':
        spec = { ...spec, refuseFirst: positive(first, part) }
        break
      case 'black-hole':
        spec = { ...spec, blackHole: true }
        break
      case 'only':
        if (first !== 'up' && first !== 'down') throw new Error(`${part}: up or down`)
        spec = { ...spec, only: first }
        break
      default:
        throw new Error(`unknown fault ${part}`)
    }
  }
  return spec
}
