import { basename, dirname, join } from 'node:path'
import { findProgram } from '../support/system-tools.ts'
import type { Contender } from './contender.ts'
import { measure } from './measure.ts'
import { Syncthing } from './syncthing.ts'

/** Both run and are connected; from sharing the folder, first scan included, until the receiver has everything. */
export const syncthing: Contender = {
  name: 'syncthing',
  encryption: 'TLS 1.3',
  durability: 'each file verified, flushed, renamed; both ends run already',
  missing: () => (findProgram('syncthing') ? null : 'apt-get install syncthing'),
  async prepare(root) {
    const [sender, receiver] = await Promise.all([Syncthing.start(join(root, 'sender')), Syncthing.start(join(root, 'receiver'))])
    const close = async () => void (await Promise.all([sender.close(), receiver.close()]))
    try {
      await Promise.all([sender.knows(receiver), receiver.knows(sender)])
      await sender.connectedTo(receiver)
    } catch (error) {
      await close()
      throw error
    }
    return {
      async run(workload, target) {
        const folder = basename(target)
        const known = (await receiver.call<{ id: string }[]>('GET', 'config/folders')).some(({ id }) => id === folder)
        if (!known) await receiver.share(folder, target, 'receiveonly', sender)
        return measure([sender.pid, receiver.pid], async () => {
          if (known) await sender.call('POST', `db/scan?folder=${folder}`)
          else await sender.share(folder, dirname(workload.source), 'sendonly', receiver)
          await receiver.complete(folder, workload.files)
        })
      },
      close,
    }
  },
}
