const CONFLICT_COPY = / \(conflict, [^/]*, \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\)[^/]*$/

/** Whether a path ends in a name like `name (conflict, DEVICE, YYYY-MM-DD HH.MM.SS).ext`, with or without a number after it. */
export function isConflictCopy(path: string): boolean {
  return CONFLICT_COPY.test(path)
}
