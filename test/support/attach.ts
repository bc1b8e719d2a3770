const ATTEMPTS = 4

/**
 * Attaches a debugger to an Electron that has started. When its first window opens while Playwright attaches, the two can
 * wait for each other for ever: seen about once in thirty starts on a busy machine, the app's main thread idle in its
 * event loop and the page answering. That is between Playwright and this runtime, so attaching, and nothing else, is tried
 * again.
 */
export async function attach<T>(attempt: () => Promise<T>): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt()
    } catch (error) {
      const timedOut = error instanceof Error && error.name === 'TimeoutError'
      if (!timedOut || number === ATTEMPTS) throw error
    }
  }
}
