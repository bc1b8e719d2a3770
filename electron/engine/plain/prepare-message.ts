import { HoldfastError } from '../../../shared/errors.ts'
import { shownName } from '../folder/names.ts'
import type { PlainHead } from './codecs/plain-codec.ts'
import { ContentDigest } from '../util/content-digest.ts'
import { encodeMessageId } from './message-id.ts'
import type { OpenOutgoing, Outgoing } from './outgoing.ts'
import type { SenderRules } from './sender-options.ts'

/** A message that the framing can carry, open. */
export interface PreparedMessage {
  readonly head: PlainHead
  readonly contentBytes: number
  /** Id and content, once. */
  body(): AsyncIterable<Uint8Array>
  /** Of the content, after all of `body` was read; hex. */
  digest(): string
  close(): Promise<void>
}

/** How many ids are tried before it is the file's own content that holds the delimiter. */
const MAX_IDS = 16

/**
 * Opens a message and makes sure that the framing can carry it; where an id's bytes hold the delimiter, takes another.
 * Rejects with FILE_… errors, and PLAIN_FRAMING when the content can't be sent like this.
 */
export async function prepareMessage(
  outgoing: Outgoing, rules: SenderRules, firstId: bigint | undefined, otherId: () => bigint,
): Promise<PreparedMessage> {
  const open = await outgoing.open()
  try {
    let id = firstId
    for (let tries = 1; ; tries += 1) {
      const prefix = id === undefined ? new Uint8Array(0) : encodeMessageId(id)
      const head = headOf(rules, prefix.length + open.length)
      const refusal = rules.codec.refusal(head) ?? (await checkBody(rules, head, prefix, open))
      if (refusal === undefined) return prepared(open, prefix, head)
      if (id === undefined || tries === MAX_IDS || rules.codec.refusal(head) !== undefined) {
        throw new HoldfastError('PLAIN_FRAMING', `${shownName(outgoing.path)} can't be sent in this framing: ${refusal}.`)
      }
      id = otherId()
    }
  } catch (error) {
    await open.close()
    throw error
  }
}

function headOf(rules: SenderRules, length: number): PlainHead {
  return rules.type === undefined ? rules.codec.headFor(length) : { type: rules.type, length }
}

/** Reads everything once, but only where the framing cares what is in it. */
async function checkBody(rules: SenderRules, head: PlainHead, prefix: Uint8Array, open: OpenOutgoing): Promise<string | undefined> {
  const check = rules.codec.bodyCheck?.(head)
  if (!check) return undefined
  const early = check.body(prefix)
  if (early !== undefined) return early
  for await (const slice of open.slices()) {
    const refusal = check.body(slice)
    if (refusal !== undefined) return refusal
  }
  return check.end()
}

function prepared(open: OpenOutgoing, prefix: Uint8Array, head: PlainHead): PreparedMessage {
  const content = new ContentDigest()
  return {
    head,
    contentBytes: open.length,
    async *body() {
      yield prefix
      for await (const slice of open.slices()) {
        content.update(slice)
        yield slice
      }
    },
    digest: () => content.finish(),
    close: () => open.close(),
  }
}
