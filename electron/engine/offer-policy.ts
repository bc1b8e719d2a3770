import type { Settings } from '../../shared/model/settings.ts'
import type { DeviceRow } from './journal/ports.ts'
import type { Offer } from './protocol/messages.ts'
import type { Decision } from './transfer/incoming.ts'

/**
 * What happens to an offer (DESIGN.md section 6). Pure. Paired devices by their policy; everybody else may only ask,
 * unless this run accepts anyone.
 */
export function decideOffer(device: DeviceRow | undefined, settings: Pick<Settings, 'accept' | 'receiveFolder'>, offer: Pick<Offer, 'bytes'>): Decision {
  const paired = device?.trust === 'paired'
  const folder = (paired ? device.policy.folder : undefined) ?? settings.receiveFolder
  if (device?.policy.accept === 'never') return { kind: 'refuse', reason: 'policy', message: 'this device accepts nothing from yours' }
  const quota = device?.policy.quotaBytes
  if (device && quota !== undefined && device.receivedBytes + offer.bytes > quota) {
    return { kind: 'refuse', reason: 'quota', message: `it would exceed the ${quota} bytes your device may deliver here` }
  }
  if (settings.accept === 'anyone') return { kind: 'accept', folder }
  return paired && device.policy.accept === 'always' ? { kind: 'accept', folder } : { kind: 'ask', folder }
}
