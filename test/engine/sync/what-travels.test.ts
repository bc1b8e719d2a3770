import { describe, expect, test } from 'vitest'
import { FOLDER } from '../../support/sync/sim-device.ts'
import { sharedLab, SyncLab } from '../../support/sync/sync-lab.ts'

const MIB = 1024 * 1024

describe('what travels', () => {
  test.each([['small files', 10, 200_000], ['a long file', 1, 5 * MIB]])('comes no faster than the limit allows: %s', async (_, count, bytes) => {
    const lab = await sharedLab()
    const total = count * bytes
    lab.device(1).receiveBytesPerSecond = total / 20
    for (let at = 0; at < count; at += 1) lab.write(0, `f${at}`, new Uint8Array(bytes).map((__, index) => (index * 7 + at) % 251))
    await lab.rest(10_000)
    expect(lab.dataBytes).toBeGreaterThan(total / 5)
    expect(lab.dataBytes).toBeLessThan(total * 0.75)
    await lab.rest(20_000)
    expect([Object.keys(lab.tree(1)), lab.state(1).state]).toEqual([Object.keys(lab.tree(0)), { kind: 'up-to-date' }])
  })

  test('a change arrives within two seconds, through a device in the middle', async () => {
    const lab = await sharedLab(3, [[0, 1], [1, 2]])
    lab.write(0, 'a', 'one')
    await lab.rest(2_000)
    expect(lab.tree(2)).toEqual({ a: 'one' })
    lab.write(2, 'a', 'two')
    await lab.rest(2_000)
    expect(lab.tree(0)).toEqual({ a: 'two' })
  })

  test('all that is told while room is being looked for', async () => {
    const lab = new SyncLab(2)
    lab.share()
    lab.start()
    await lab.rest()
    lab.device(1).stepMs['free'] = 400
    lab.write(0, 'first', '1')
    await lab.rest(200)
    lab.write(0, 'second', '2')
    await lab.rest(6_000)
    expect(lab.tree(1)).toEqual({ first: '1', second: '2' })
  })

  test('a renamed folder and a copy are not sent again', async () => {
    const lab = await sharedLab()
    for (let index = 0; index < 50; index += 1) lab.write(0, `old/${index}`, `content of ${index}`)
    await lab.rest()
    const before = lab.dataBytes
    expect(Object.keys(lab.tree(1))).toHaveLength(50)
    lab.device(0).volume.move('old', 'new')
    lab.device(0).notify(['old', 'new'])
    lab.write(0, 'copy', 'content of 7')
    await lab.rest()
    expect(lab.tree(1)).toEqual(lab.tree(0))
    expect([lab.dataBytes, lab.device(1).volume.trashed.length]).toEqual([before, 0])
    expect(lab.device(1).store.activity(FOLDER, 0, 60).items.filter(({ kind }) => kind === 'renamed')).toHaveLength(50)
  })

  test.each([['in one look that takes its time', ['old', 'new']], ['the new name well before the old one', ['new']]])('a renamed folder is renamed where it is told %s', async (_, first) => {
    const lab = await sharedLab()
    const files = 200
    for (let index = 0; index < files; index += 1) lab.write(0, `old/${index}`, `content of ${index}`)
    for (let second = 0; second < 40; second += 1) await lab.rest(1_000)
    expect(Object.keys(lab.tree(1))).toHaveLength(files)
    // More files than are read at a time, and whoever is told has time to act in between.
    lab.device(0).stepMs['hashing'] = 2_000
    lab.device(0).volume.move('old', 'new')
    lab.device(0).notify(first)
    for (let second = 0; second < 10; second += 1) await lab.rest(1_000)
    lab.device(0).notify(['old'])
    for (let second = 0; second < 10; second += 1) await lab.rest(1_000)
    expect(lab.tree(1)).toEqual(lab.tree(0))
    expect(lab.state(1).state).toEqual({ kind: 'up-to-date' })
    const kinds = lab.device(1).store.activity(FOLDER, 0, 2 * files).items.map(({ kind }) => kind)
    expect(kinds).toEqual([...Array<string>(files).fill('renamed'), ...Array<string>(files).fill('got')])
    expect(lab.device(1).volume.trashed).toEqual([])
  })

  test('of a long file only the blocks that differ, and the rest after a restart', async () => {
    const lab = await sharedLab()
    const bytes = new Uint8Array(6 * MIB + 10).map((_, at) => at % 251 + Math.floor(at / MIB))
    lab.write(0, 'long', bytes)
    await lab.rest()
    expect(lab.tree(1)).toEqual(lab.tree(0))
    const once = lab.dataBytes
    expect(once).toBeLessThan(6.1 * MIB)
    const edited = bytes.slice()
    edited[3 * MIB] = 99
    lab.write(0, 'long', edited)
    await lab.rest()
    expect(lab.tree(1)).toEqual(lab.tree(0))
    expect(lab.dataBytes - once).toBeLessThan(1.1 * MIB)

    const other = bytes.map((byte) => byte ^ 255)
    const twice = lab.dataBytes
    lab.write(0, 'other', other)
    await lab.world.run(60_000, () => lab.dataBytes >= twice + 3 * MIB)
    lab.device(1).crash()
    const half = lab.dataBytes - twice
    expect(half).toBeLessThan(6 * MIB)
    lab.device(1).start()
    lab.wires[0]!.connect()
    await lab.rest()
    expect(lab.tree(1)).toEqual(lab.tree(0))
    expect(lab.dataBytes - twice).toBeLessThan(8.1 * MIB)
    expect(lab.device(1).volume.staged.size).toBe(0)
  })

  test('nothing of a file that is ignored, and ignoring it deletes it nowhere', async () => {
    const lab = await sharedLab()
    lab.write(0, 'a.tmp', 'x')
    lab.write(0, 'b', 'y')
    await lab.rest()
    await lab.device(0).engine!.commands['sync:ignore-set']({ folderId: FOLDER, text: '*.tmp\n' })
    await lab.rest()
    expect(await lab.device(1).engine!.commands['sync:ignore-get']({ folderId: FOLDER })).toEqual({ text: '*.tmp\n' })
    lab.remove(0, 'a.tmp')
    lab.write(0, 'c.tmp', 'z')
    await lab.rest()
    expect(lab.tree(1)).toEqual({ 'a.tmp': 'x', b: 'y', '.holdfastignore': '*.tmp\n' })
    await lab.device(1).engine!.commands['sync:ignore-set']({ folderId: FOLDER, text: '' })
    await lab.rest()
    expect(Object.keys(lab.tree(1)).sort()).toEqual(['.holdfastignore', 'b', 'c.tmp'])
    expect(lab.device(1).volume.trashed.map(({ path }) => path)).toContain('a.tmp')
  })
})
