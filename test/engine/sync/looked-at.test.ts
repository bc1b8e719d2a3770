import { describe, expect, test } from 'vitest'
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

describe('a file that was written to right before it was looked at', () => {
  const justWritten = async () => {
    const lab = new SyncLab(2)
    lab.share()
    lab.start()
    await lab.rest()
    lab.device(0).volume.put('new', new TextEncoder().encode('1'))
    await lab.rest(50)
    const looked = lab.device(0).engine!.commands['sync:scan']({ folderId: FOLDER })
    await lab.rest(10)
    return { lab, looked: await looked }
  }

  test('is waited for, and then told', async () => {
    const { lab, looked } = await justWritten()
    expect(looked).toMatchObject({ state: { kind: 'scanning', writing: 1 }, content: { files: 0 } })
    await lab.rest(1_000)
    expect([lab.state(0).state, lab.tree(1)]).toEqual([{ kind: 'up-to-date' }, { new: '1' }])
  })

  test('is counted among what others lack as soon as it is not waited for', async () => {
    const { lab } = await justWritten()
    lab.wires[0]!.cut(false)
    for (let step = 0; lab.state(0).state.kind === 'scanning'; step += 1) {
      expect(step).toBeLessThan(1_000)
      await lab.rest(1)
    }
    expect(lab.state(0)).toMatchObject({ state: { kind: 'up-to-date' }, devices: [{ toSend: { files: 1 } }] })
  })

  test('is waited for no longer when it is gone', async () => {
    const { lab } = await justWritten()
    lab.device(0).volume.remove('new')
    await lab.rest(1_000)
    expect([lab.state(0).state, lab.tree(1)]).toEqual([{ kind: 'up-to-date' }, {}])
  })

  test('is a problem when it does not end, and the folder waits for it no longer', async () => {
    const { lab } = await justWritten()
    for (let step = 0; step < 400; step += 1) {
      lab.device(0).volume.put('new', new TextEncoder().encode(`${step}`))
      await lab.rest(50)
    }
    expect(lab.state(0)).toMatchObject({ state: { kind: 'up-to-date' }, problems: 1 })
    await lab.rest(60_000)
    expect(lab.state(0)).toMatchObject({ state: { kind: 'up-to-date' }, problems: 0, content: { files: 1 } })
  })
})

test('nobody is up to date with a device that still looks at its files', async () => {
  const lab = new SyncLab(2)
  lab.share()
  lab.write(0, 'known', 'x')
  lab.start()
  await lab.rest()
  lab.device(1).crash()
  lab.device(1).volume.put('made while it was away', new TextEncoder().encode('y'))
  lab.device(1).stepMs['list '] = 5_000
  const againMs = lab.world.nowMs + lab.device(0).skewMs
  const lastInSyncMs = () => lab.state(0).devices[0]?.lastInSyncMs ?? 0
  lab.device(1).start()
  lab.wires[0]!.connect()
  await lab.rest(4_500)
  expect([lab.state(0).state.kind, lab.state(0).devices[0]?.state, lab.tree(0)]).toEqual(['up-to-date', 'connected', { known: 'x' }])
  expect(lastInSyncMs()).toBeLessThan(againMs)
  await lab.rest()
  expect(lab.tree(0)).toEqual({ known: 'x', 'made while it was away': 'y' })
  expect(lastInSyncMs()).toBeGreaterThan(againMs + 5_000)
})
