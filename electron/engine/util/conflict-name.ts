const COPY = /^([^/]+) \(conflict, ([^/]*), \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\)(?: \(\d+\))?(\.[^/]*)?$/

/** What the name of a conflict copy, `name (conflict, DEVICE, YYYY-MM-DD HH.MM.SS).ext`, with or without a number after the bracket, says; undefined when it is none. */
export function originalOf(copyPath: string): { readonly path: string; readonly device: string } | undefined {
  if (!copyPath.includes(' (conflict, ')) return undefined
  const slash = copyPath.lastIndexOf('/') + 1
  const match = COPY.exec(copyPath.slice(slash))
  if (!match) return undefined
  const [, stem = '', device = '', extension = ''] = match
  return { path: copyPath.slice(0, slash) + stem + extension, device }
}

export function isConflictCopy(path: string): boolean {
  return originalOf(path) !== undefined
}
