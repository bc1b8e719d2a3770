/**
 * The promise, or after `timeoutMs` an error that says what was waited for and shows the log: a test that hangs must say
 * why, and never for ever. The time is for hangs alone, never a measure of anything.
 */
export async function hangGuard<T>(promise: Promise<T>, timeoutMs: number, what: string, log: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const hung = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing for ${timeoutMs / 1000} s while waiting for ${what}\n${log()}`)), timeoutMs)
  })
  try {
    return await Promise.race([promise, hung])
  } finally {
    clearTimeout(timer)
  }
}
