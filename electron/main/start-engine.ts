import { app, dialog } from 'electron'
import { toErrorData } from '../../shared/errors.ts'
import { EngineKeeper } from '../app/engine-keeper.ts'
import type { EngineOptions } from '../engine/engine-options.ts'
import { openEngine } from '../engine/host/open-engine.ts'
import { systemClock } from '../engine/util/clock.ts'

const ports = { clock: systemClock, open: openEngine }

/**
 * The home's engine. A port that another program has is no reason not to run: the user is asked whether another will do.
 * Null when there is none; the user has been told why.
 */
export async function startEngine(options: EngineOptions): Promise<EngineKeeper | null> {
  try {
    return await EngineKeeper.start(options, ports)
  } catch (error) {
    const { code, message } = toErrorData(error)
    await app.whenReady()
    if (code === 'PORT_IN_USE' || code === 'ADDRESS_UNAVAILABLE') {
      const { response } = await dialog.showMessageBox({
        type: 'warning',
        title: 'Holdfast',
        message: 'Holdfast cannot listen where it should.',
        detail: `${message}\n\nWith another port it works all the same: devices nearby find it, others need the new address.`,
        buttons: ['Use another port this time', 'Quit'],
        defaultId: 0,
        cancelId: 1,
      })
      if (response === 1) return null
      return await startEngine({ ...options, listen: { host: '::', port: 0 } })
    }
    // Also for whoever started it from a terminal, or sees no dialog.
    process.stderr.write(`Holdfast cannot start: ${message}\n`)
    dialog.showErrorBox('Holdfast cannot start', message)
    return null
  }
}
