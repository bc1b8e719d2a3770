import type { HoldfastError } from '../../shared/errors.ts'
import type { PlainInboxEvent } from '../engine/plain/inbox-events.ts'
import { showPlainAddress } from '../engine/plain/plain-address.ts'
import type { PlainSenderEvent } from '../engine/plain/plain-sender.ts'
import { formatBytes, formatCount, formatWait } from './format.ts'
import type { Output } from './output.ts'
import { printable } from './printable.ts'

/** Says what an inbox announces, to scripts and to people. Ids are text in JSON: they have 64 bits, its numbers 53. */
export function reportInbox(output: Output, event: PlainInboxEvent): void {
  switch (event.kind) {
    case 'listening':
      output.record('listening', { host: event.address.host, port: event.address.port })
      return
    case 'connected':
      output.record('connected', event.peer)
      return
    case 'received': {
      const { path, bytes, digest, number, id, peer } = event
      output.record('received', { path, bytes, digest, connection: peer.connection, number, ...(id === undefined ? {} : { id: String(id) }) })
      return output.say(`${printable(path)}  ${formatBytes(bytes)}  from ${showPlainAddress(peer)}, unverified`)
    }
    case 'duplicate':
      return output.record('duplicate', { connection: event.peer.connection, id: String(event.id) })
    case 'skipped':
      output.record('skipped', { path: event.path, reason: event.reason, connection: event.peer.connection })
      return output.say(`${printable(event.path)} skipped: ${event.reason}`)
    case 'failed':
      return failed(output, event.path, event.error, { connection: event.peer.connection })
    case 'error':
      output.record('error', { code: event.error.code, message: event.error.message, ...event.peer })
      return output.say(`${event.peer ? `${showPlainAddress(event.peer)}: ` : ''}${printable(event.error.message)}`)
    case 'retry':
      return retry(output, event)
    case 'done': {
      const { counts, durationMs, peer } = event
      output.record('done', { ...peer, ...counts, seconds: durationMs / 1000, resumedBytes: 0, resentBlocks: 0, retries: 0 })
      if (counts.duplicates > 0) output.say(`${showPlainAddress(peer)}: ${formatCount(counts.duplicates, 'repeat')} dropped`)
    }
  }
}

export function reportSender(output: Output, event: PlainSenderEvent): void {
  switch (event.kind) {
    case 'connected':
      return output.record('connected', event.remote)
    case 'delivered': {
      const { path, bytes, digest, confirmed, id, answerBytes } = event
      output.record('delivered', { path, bytes, digest, confirmed, ...(id === undefined ? {} : { id: String(id) }), ...(answerBytes === undefined ? {} : { answerBytes }) })
      const how = confirmed ? 'confirmed' : answerBytes === undefined ? 'sent, not confirmed' : `answered with ${formatBytes(answerBytes)}`
      return output.say(`${printable(path)}  ${formatBytes(bytes)}  ${how}`)
    }
    case 'failed':
      return failed(output, event.path, event.error, {})
    case 'retry':
      return retry(output, event)
  }
}

function failed(output: Output, path: string, error: HoldfastError, more: object): void {
  output.record('failed', { path, code: error.code, message: error.message, ...more })
  output.say(`${printable(path)} failed: ${printable(error.message)}`)
}

function retry(output: Output, { error, attempt, waitMs }: { error: HoldfastError; attempt: number; waitMs: number }): void {
  output.record('retry', { reason: error.code, message: error.message, attempt, waitMs })
  output.say(`${printable(error.message)} Trying again ${formatWait(waitMs)}.`)
}
