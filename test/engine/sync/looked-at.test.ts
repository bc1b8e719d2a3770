import { expect, test } from 'vitest'
import { FOLDER } from '../../support/sync/sim-device.ts'
import { SyncLab } from '../../support/sync/sync-lab.ts'

test('who has everything looked at is told what others lack by then, not what they lacked a moment before', async () => {
  const lab = new SyncLab(2)
  lab.share()
  lab.start()
  await lab.rest()
  // Counts what the other lacks, and will not again for a while.
  lab.write(0, 'first', 'x')
  await lab.rest(2_000)
  expect(lab.state(0).devices).toMatchObject([{ state: 'connected', toSend: { files: 0 } }])
  lab.wires[0]!.cut(false)
  lab.device(0).volume.put('found by looking', new TextEncoder().encode('12345'))
  const looked = lab.device(0).engine!.commands['sync:scan']({ folderId: FOLDER })
  await lab.rest(500)
  expect(await looked).toMatchObject({ content: { files: 2 }, devices: [{ toSend: { files: 1, bytes: 5 } }] })
})
