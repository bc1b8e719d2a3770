import { HoldfastError } from '../../../shared/errors.ts'
import type { DeviceId } from '../../../shared/model/device.ts'
import { BASE32_ALPHABET } from '../util/spki.ts'

const CHARACTERS = 52
const GROUP = 4

/** Takes any case, spaces, and dashes anywhere or nowhere. Throws USAGE_INVALID for what is no device id. */
export function parseDeviceId(text: string): DeviceId {
  const id = text.length > 200 ? undefined : canonical(text.toUpperCase().replace(/[\s-]/g, ''))
  if (id === undefined) {
    throw new HoldfastError(
      'USAGE_INVALID',
      'This is no device id: it has 52 letters and digits 2–7 in 13 groups of four, as `holdfast status` prints it.',
    )
  }
  return id
}

/** Whether this is a device id in its one canonical form, as it is compared and stored. */
export function isDeviceId(text: string): text is DeviceId {
  return text.length === CHARACTERS + CHARACTERS / GROUP - 1 && canonical(text.replaceAll('-', '')) === text
}

/** The first two groups: for display beside a name, never for comparing. */
export function shortDeviceId(id: DeviceId): string {
  return id.slice(0, 2 * GROUP + 1)
}

function canonical(text: string): DeviceId | undefined {
  if (!/^[A-Z2-7]{52}$/.test(text)) return undefined
  // 52 × 5 = 260 bits: the last four carry nothing and must be zero, or one id would have 16 spellings.
  if (BASE32_ALPHABET.indexOf(text.charAt(CHARACTERS - 1)) % 16 !== 0) return undefined
  return grouped(text)
}

function grouped(text: string): DeviceId {
  return text.match(/.{4}/g)?.join('-') ?? ''
}
