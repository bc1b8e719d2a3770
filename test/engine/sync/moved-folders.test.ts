import { expect, test } from 'vitest'
import { SyncLab } from '../../support/sync/sync-lab.ts'

const EQUAL = 1_100

/** A folder of mostly equal files, as package folders are: empty ones, one licence a hundred times over. */
function fill(lab: SyncLab): void {
  for (let at = 0; at < EQUAL; at += 1) {
    lab.device(0).volume.put(`old/${at}/empty`, new Uint8Array(0))
    lab.device(0).volume.put(`old/${at}/licence`, new TextEncoder().encode('the same everywhere'))
  }
  lab.device(0).volume.put('old/own', new TextEncoder().encode('only once'))
}

test('a folder of a thousand equal files is moved on the other side too, without a question and without the trash', async () => {
  const lab = new SyncLab(2)
  lab.share()
  fill(lab)
  lab.start()
  await lab.rest()
  expect(Object.keys(lab.tree(1))).toHaveLength(2 * EQUAL + 1)
  const before = lab.dataBytes

  const { volume } = lab.device(0)
  for (const [path, node] of [...volume.nodes]) {
    if (path !== 'old' && !path.startsWith('old/')) continue
    volume.nodes.delete(path)
    volume.nodes.set(`new${path.slice(3)}`, node)
  }
  lab.device(0).notify(['old', 'new'])
  await lab.rest()
  expect(lab.state(1)).toMatchObject({ state: { kind: 'up-to-date' } })
  expect(lab.tree(1)).toEqual(lab.tree(0))
  expect(lab.device(1).volume.trashed).toEqual([])
  expect(lab.dataBytes).toBe(before)
})

test('equal files that stay where they are are no sources of a move', async () => {
  const lab = new SyncLab(2)
  lab.share()
  for (let at = 0; at < 200; at += 1) lab.device(0).volume.put(`stays/${at}`, new TextEncoder().encode('equal'))
  lab.device(0).volume.put('z/moves', new TextEncoder().encode('equal'))
  lab.start()
  await lab.rest()
  const { volume } = lab.device(0)
  const node = volume.nodes.get('z/moves')!
  volume.nodes.delete('z/moves')
  volume.nodes.set('a', node)
  lab.device(0).notify(['z/moves', 'a'])
  await lab.rest()
  expect(lab.tree(1)).toEqual(lab.tree(0))
  expect(lab.device(1).volume.trashed).toEqual([])
})
