import { existsSync } from 'node:fs'
import { HEADLESS } from '../support/holdfast-process.ts'
import { Lab } from '../support/processes.ts'
import type { Contender } from './contender.ts'
import { measure } from './measure.ts'

const HANG_MS = 600_000

/** The real command line: `receive` runs, `send` is measured from the start of its process to its exit. */
export const holdfast: Contender = {
  name: 'holdfast',
  encryption: 'TLS 1.3',
  durability: 'each file verified, flushed, renamed, journalled',
  missing: () => (existsSync(HEADLESS) ? null : 'npm run build'),
  async prepare() {
    const lab = new Lab()
    const [receiverHome, senderHome] = [lab.path('receiver'), lab.path('sender')]
    try {
      await lab.pairHomes(receiverHome, senderHome)
    } catch (error) {
      await lab.close()
      throw error
    }
    return {
      async run(workload, target) {
        const receiver = await lab.receive(receiverHome, target)
        try {
          return await measure([receiver.process.pid], async () => {
            const send = lab.run(senderHome, ['send', workload.source, '--to', receiver.address])
            await send.expectExit(0, HANG_MS)
          })
        } finally {
          await receiver.process.interrupt()
        }
      },
      close: () => lab.close(),
    }
  },
}
