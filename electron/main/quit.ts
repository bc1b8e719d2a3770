import { app, dialog, powerMonitor } from 'electron'
import type { AppReply } from '../../shared/ipc/app-contract.ts'
import type { EngineKeeper } from '../app/engine-keeper.ts'
import { quitQuestion } from '../app/quit-question.ts'
import { quitInfo } from '../application/quit-info.ts'

const ANSWER_MS = 2_000

export interface QuitPorts {
  readonly engine: Promise<EngineKeeper | null>
  /** Before the question, so that it is seen. */
  show(): void
  /** Before the engine is closed. */
  closing(): void
}

/**
 * Quitting asks first when transfers would stop, closes the engine in order, and then ends the program. A signal or the
 * end of the session asks nothing.
 * @returns whether the program is ending
 */
export function guardQuit({ engine, show, closing }: QuitPorts): () => boolean {
  let asking = false
  let ending = false

  const end = async (): Promise<void> => {
    if (ending) return
    ending = true
    closing()
    await (await engine.catch(() => null))?.close().catch(() => undefined)
    app.exit(0)
  }
  const ask = async (): Promise<void> => {
    if (asking || ending) return
    asking = true
    try {
      const question = quitQuestion(await within(ANSWER_MS, infoOf(engine)))
      if (question) {
        show()
        const { response } = await dialog.showMessageBox({
          type: 'question',
          title: 'Holdfast',
          ...question,
          buttons: ['Keep running', 'Quit'],
          defaultId: 0,
          cancelId: 0,
        })
        if (response === 0) return
      }
      await end()
    } finally {
      asking = false
    }
  }

  app.on('before-quit', (event) => {
    event.preventDefault()
    void ask()
  })
  void app.whenReady().then(() => {
    powerMonitor.on('shutdown', () => void end())
    // Not earlier: Electron puts its own handlers in while it starts, and those mean the same as Quit.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end())
  })
  return () => ending
}

const NOTHING: AppReply<'app:quit-info'> = { activeTransfers: 0, waitingTransfers: 0, names: [] }

/** Somebody else's engine goes on without this program. */
async function infoOf(engine: Promise<EngineKeeper | null>): Promise<AppReply<'app:quit-info'>> {
  const keeper = await engine.catch(() => null)
  return keeper && (await keeper.isOwn()) ? await quitInfo(keeper) : NOTHING
}

async function within(limitMs: number, work: Promise<AppReply<'app:quit-info'>>): Promise<AppReply<'app:quit-info'>> {
  const late = new Promise<AppReply<'app:quit-info'>>((resolve) => setTimeout(() => resolve(NOTHING), limitMs).unref())
  return await Promise.race([work.catch(() => NOTHING), late])
}
