import type { ErrorCode, ErrorData } from '../../shared/errors.ts'
import type { Device } from '../../shared/model/device.ts'
import type { Transfer, TransferStateKind } from '../../shared/model/transfer.ts'
import { formatBytes, formatDuration } from './format.ts'
import { visibleText } from './visible-text.ts'

/** What is the matter in a few words, to stand beside a name; the whole sentence is the error's own message. */
const SHORT: Partial<Record<ErrorCode, string>> = {
  NET_LOST: 'Connection lost',
  NET_REFUSED: 'Nobody answers at its address',
  NET_UNREACHABLE: 'No way to its network',
  NET_TIMEOUT: 'No answer',
  NET_NAME_UNKNOWN: 'Its name is not known',
  NET_NOT_HOLDFAST: 'Something else answers there',
  NET_TLS: 'The connection could not be secured',
  NET_BUSY: 'The other device is busy',
  PEER_VERSION: 'The other device runs another version',
  PEER_PROTOCOL: 'The other device said something unintelligible',
  PEER_SHUTTING_DOWN: 'Holdfast was closed on the other device',
  DEVICE_NOT_FOUND_YET: 'Not found yet',
  TRUST_UNKNOWN_KEY: 'Not paired',
  TRUST_KEY_MISMATCH: 'Another device answers there',
  TRUST_KEY_CHANGED: 'Its key has changed',
  TRUST_REFUSED: 'The other device does not know this one any more',
  PAIRING_REFUSED: 'The other side refused',
  PAIRING_BUSY: 'The other side is pairing with somebody else',
  PAIRING_TOO_MANY: 'Too many attempts, wait ten minutes',
  PAIRING_TIMEOUT: 'Nobody confirmed in time',
  TRANSFER_REFUSED: 'The other side refused',
  TRANSFER_QUOTA: 'Over the limit set for this device',
  TRANSFER_GAVE_UP: 'Given up',
  DISK_FULL: 'The disk is full',
  DISK_ERROR: 'The disk reports an error',
  FOLDER_MISSING: 'The receive folder is not there',
  FOLDER_READ_ONLY: 'The receive folder cannot be written to',
  TRASH_FULL: 'The trash of the receive folder is full',
  FILE_UNREADABLE: 'Cannot be read',
  FILE_VANISHED: 'No longer there',
}

export function shortReason(error: ErrorData): string {
  return SHORT[error.code] ?? visibleText(error.message)
}

/** The countdown of a wait: never negative, whole seconds, `now` in the last one. */
export function retryWords(retryAtMs: number | undefined, nowMs: number): string {
  if (retryAtMs === undefined) return 'trying again'
  const leftMs = retryAtMs - nowMs
  return leftMs < 500 ? 'trying again now' : `trying again in ${formatDuration(Math.ceil(leftMs / 1000) * 1000)}`
}

export type Tone = 'calm' | 'good' | 'wait' | 'bad'

export const TONES: Record<TransferStateKind, Tone> = {
  scanning: 'calm',
  queued: 'calm',
  connecting: 'wait',
  'waiting-for-acceptance': 'wait',
  active: 'calm',
  paused: 'calm',
  'waiting-for-space': 'bad',
  'waiting-for-folder': 'bad',
  finished: 'good',
  refused: 'bad',
  cancelled: 'calm',
  failed: 'bad',
}

export function toneOf(transfer: Transfer): Tone {
  if (transfer.state.kind === 'finished' && !transfer.state.complete) return 'bad'
  if (transfer.state.kind === 'connecting' && !transfer.state.error) return 'calm'
  return TONES[transfer.state.kind]
}

/** A transfer's state with its reason, as one line of plain words. */
export function stateWords(transfer: Transfer, nowMs: number): string {
  const { state, direction } = transfer
  switch (state.kind) {
    case 'scanning':
      return 'Counting files'
    case 'queued':
      return 'Waiting for its turn'
    case 'connecting':
      return state.error ? `${shortReason(state.error)}, ${retryWords(state.retryAtMs, nowMs)}` : 'Connecting'
    case 'waiting-for-acceptance':
      return direction === 'send' ? 'Waiting until the other side accepts' : 'Waiting for your answer'
    case 'active':
      return direction === 'send' ? 'Sending' : 'Receiving'
    case 'paused':
      return state.by === 'us' ? 'Paused here' : 'Paused on the other side'
    case 'waiting-for-space':
      return `Disk full: ${formatBytes(Math.max(0, state.neededBytes - state.freeBytes))} more needed, goes on by itself`
    case 'waiting-for-folder':
      return `${shortReason(state.error)}, goes on by itself when it is back`
    case 'finished':
      if (!state.complete) return 'Ended, some files are missing'
      return direction === 'send' ? 'Delivered and confirmed' : 'Received and verified'
    case 'refused':
      return direction === 'receive' && state.error.code === 'TRANSFER_REFUSED' ? 'Refused here' : shortReason(state.error)
    case 'cancelled':
      return state.by === 'us' ? 'Cancelled here' : 'Cancelled on the other side'
    case 'failed':
      return shortReason(state.error)
  }
}

/** What a person can try, most likely first. */
export function adviceFor(code: ErrorCode, platform: string): readonly string[] {
  const permission =
    platform === 'darwin' ? ['On this Mac, allow Holdfast under System Settings, Privacy & Security, Local Network.'] : []
  switch (code) {
    case 'NET_REFUSED':
      return ['Open Holdfast there: the machine answers, the program does not.', 'Check that the port is the one in its Settings.']
    case 'NET_TIMEOUT':
      return [
        'A firewall on that device often swallows the call: allow Holdfast, or its port, there.',
        'Wi-Fi for guests, and some routers, keep devices apart: put both in the same network.',
        'Wake the device if it sleeps.',
        ...permission,
      ]
    case 'NET_UNREACHABLE':
      return [
        'Put both devices in the same network.',
        'A VPN on either side can hide the local network: switch it off to try.',
        ...permission,
      ]
    case 'NET_NAME_UNKNOWN':
      return ['Check the spelling, or type its IP address instead of its name.']
    case 'NET_NOT_HOLDFAST':
    case 'NET_TLS':
      return ['Another program uses that port: look up the port in the Settings over there.']
    case 'DEVICE_NOT_FOUND_YET':
      return [
        'Open Holdfast on that device.',
        'If it is in another network or behind a VPN, type its address on the Send page.',
        ...permission,
      ]
    case 'PEER_VERSION':
      return ['Install the same version on both devices.']
    case 'TRUST_KEY_CHANGED':
    case 'TRUST_KEY_MISMATCH':
      return ['Only if you reinstalled that device: forget it here and pair again.']
    case 'TRUST_REFUSED':
    case 'TRUST_UNKNOWN_KEY':
      return ['Pair the two devices again.']
    case 'NET_LOST':
    case 'PEER_SHUTTING_DOWN':
    case 'NET_BUSY':
    case 'PEER_PROTOCOL':
      return ['Nothing to do: it goes on where it was as soon as the device answers.']
    default:
      return []
  }
}

/** Presence of a device in two or three words, and whether it is trouble. */
export function presenceWords(device: Device, nowMs: number): { words: string; tone: Tone } {
  const { link } = device
  if (device.keyAlarm) return { words: 'Key alarm', tone: 'bad' }
  if (link.kind === 'connected') return { words: 'Connected', tone: 'good' }
  if (link.kind === 'connecting') return { words: 'Connecting…', tone: 'calm' }
  if (link.kind === 'waiting') return { words: `${shortReason(link.error)}, ${retryWords(link.retryAtMs, nowMs)}`, tone: 'wait' }
  if (link.kind === 'failed') return { words: shortReason(link.error), tone: 'bad' }
  return device.nearby ? { words: 'Nearby', tone: 'good' } : { words: 'Not in sight', tone: 'calm' }
}
