import type { Source } from '../../shared/ipc/app-contract.ts'

function isSame(a: Source, b: Source): boolean {
  return a.size === b.size && a.files === b.files && a.uploadedBytes === b.uploadedBytes && a.name === b.name && a.kind === b.kind && a.error?.code === b.error?.code
}

/** The tray as it is now, with the very objects of before where nothing changed: rows are drawn again by identity. */
export function keepSameSources(before: readonly Source[], now: readonly Source[]): readonly Source[] {
  const known = new Map(before.map((source) => [source.sourceId, source]))
  return now.map((source) => {
    const old = known.get(source.sourceId)
    return old && isSame(old, source) ? old : source
  })
}
