import { digestKey, sameContent } from './content.ts'
import type { Entry } from './entry.ts'
import type { FolderContext } from './folder-context.ts'
import type { Planned, Source } from './planner.ts'

const PAGE = 64

interface Cursor {
  readonly paths: string[]
  after: string | undefined
  isLast: boolean
}

/**
 * The files here whose names are to be deleted, by content: what else gets that content takes one of them along. Each is
 * given once, in tree order, so that the many equal ones of a folder that was moved find their own again.
 */
export class LeavingFiles {
  readonly #context: FolderContext
  readonly #plan: (path: string) => Planned | undefined | 'failed'
  readonly #cursors = new Map<string, Cursor>()

  constructor(context: FolderContext, plan: (path: string) => Planned | undefined | 'failed') {
    this.#context = context
    this.#plan = plan
  }

  /** @returns `leaving`: what the index says of the old name after that */
  take(target: Entry): { readonly source: Source; readonly leaving: Entry } | undefined {
    const cursor = this.#cursor(target)
    while (cursor) {
      const path = cursor.paths.shift() ?? this.#more(cursor, target)
      if (path === undefined) return undefined
      const planned = this.#plan(path)
      const local = planned && planned !== 'failed' && planned.step.kind === 'delete' ? planned.local : undefined
      if (planned && planned !== 'failed' && local && isSource(local) && sameContent({ ...local, path: target.path }, target)) return { source: local, leaving: planned.target }
    }
    return undefined
  }

  #cursor(target: Entry): Cursor | undefined {
    if (target.kind !== 'file') return undefined
    const key = digestKey(target)
    const known = this.#cursors.get(key)
    if (known) return known
    const cursor: Cursor = { paths: [], after: undefined, isLast: false }
    this.#cursors.set(key, cursor)
    return cursor
  }

  #more(cursor: Cursor, { digest }: Entry): string | undefined {
    if (cursor.isLast) return undefined
    const page = this.#context.store.openByDigest(this.#context.id, digest, cursor.after, PAGE)
    cursor.isLast = page.length < PAGE
    cursor.after = page.at(-1)
    cursor.paths.push(...page)
    return cursor.paths.shift()
  }
}

function isSource(local: Planned['local']): local is Source {
  return local?.stamp !== undefined && !local.changedHere
}
