import { describe, expect, test } from 'vitest'
import { FOLDER } from '../../support/sync/sim-device.ts'
import { sharedLab, SyncLab } from '../../support/sync/sync-lab.ts'

const MIB = 1024 * 1024

describe('sharing a folder', () => {
  test('is offered, accepted, passed on, and ends; the files stay', async () => {
    const lab = new SyncLab(3, [[0, 1], [1, 2]])
    for (const device of lab.devices) device.volume.marker = undefined
    lab.start()
    await lab.rest(1_000)
    const [a, b, c] = lab.devices.map((device) => device.engine!)
    lab.write(0, 'd/a.txt', 'hello')
    const made = await a!.commands['sync:add']({ path: '/home/photos', devices: [lab.device(1).id], mode: 'two-way' })
    expect(made).toMatchObject({ name: 'photos', devices: [{ state: 'invited' }] })
    await lab.rest(1_000)
    const [offer] = await b!.commands['sync:offers']({})
    expect(offer).toMatchObject({ folderId: made.id, name: 'photos', deviceId: lab.device(0).id, content: { files: 1, bytes: 5 } })
    await expect(c!.commands['sync:accept']({ folderId: made.id, path: '/c', mode: 'two-way' })).rejects.toMatchObject({ code: 'REQUEST_UNKNOWN' })
    await b!.commands['sync:accept']({ folderId: made.id, path: '/b', mode: 'two-way' })
    await b!.commands['sync:share']({ folderId: made.id, device: lab.device(2).id })
    await lab.rest(2_000)
    await c!.commands['sync:accept']({ folderId: made.id, path: '/c', mode: 'receive-only' })
    await lab.rest()
    expect([lab.tree(1), lab.tree(2)]).toEqual([{ 'd/a.txt': 'hello' }, { 'd/a.txt': 'hello' }])
    expect(a!.view(made.id)).toMatchObject({ state: { kind: 'up-to-date' }, devices: [{ state: 'connected', toSend: { files: 0 } }] })
    expect(await b!.commands['sync:offers']({})).toEqual([])
    await b!.commands['sync:remove']({ folderId: made.id })
    await lab.rest(2_000)
    expect(a!.view(made.id).devices).toMatchObject([{ state: 'refused' }])
    expect(lab.tree(1)).toEqual({ 'd/a.txt': 'hello' })
    expect(await b!.commands['sync:list']({})).toEqual([])
    expect(lab.device(1).emitted.map(({ event }) => event)).toContain('sync:removed')
  })

  test('a refused one says so', async () => {
    const lab = new SyncLab(2)
    lab.device(0).volume.marker = undefined
    lab.start()
    const made = await lab.device(0).engine!.commands['sync:add']({ path: '/x', devices: [lab.device(1).id], mode: 'two-way' })
    await lab.rest(1_000)
    await lab.device(1).engine!.commands['sync:refuse']({ folderId: made.id })
    await lab.rest(1_000)
    expect(lab.device(0).engine!.view(made.id).devices).toMatchObject([{ state: 'refused' }])
  })
})

describe('a conflict', () => {
  async function conflict(early = 'early', late = 'late'): Promise<SyncLab> {
    const lab = await sharedLab()
    lab.write(0, 'a.txt', 'base')
    await lab.rest()
    lab.wires[0]!.cut(false)
    lab.write(0, 'a.txt', early)
    await lab.rest(5_000)
    lab.write(1, 'a.txt', late)
    await lab.rest(5_000)
    lab.wires[0]!.connect()
    await lab.rest()
    return lab
  }
  const copyOf = (lab: SyncLab) => Object.keys(lab.tree(0)).find((path) => path.includes('conflict'))!

  test('shows no picture that would unfold into gigabytes, and none without a header', async () => {
    const frame = '\0\0\0,\0\0\0\0\x01\0\x01\0'
    const lab = await conflict(`GIF89azzzz${frame}`, 'GIF89a')
    const preview = lab.device(1).engine!.commands['sync:preview']
    expect(await preview({ folderId: FOLDER, copyPath: copyOf(lab) })).toEqual({ copy: { kind: 'other', picture: 'large' }, original: { kind: 'other', picture: 'broken' } })
    lab.write(1, 'a.txt', `GIF89a\x01\0\x01\0${frame}`)
    await lab.rest()
    expect(await preview({ folderId: FOLDER, copyPath: copyOf(lab) })).toMatchObject({ original: { kind: 'image', type: 'gif' } })
    lab.write(1, 'a.txt', `GIF89a\x01\0\x01\0${frame}`.padEnd(5 * MIB, '\0'))
    await lab.rest()
    expect(await preview({ folderId: FOLDER, copyPath: copyOf(lab) })).toMatchObject({ original: { kind: 'other', picture: 'large' } })
  })

  test('keeps both on all devices, under the same names', async () => {
    const lab = await conflict()
    const copy = copyOf(lab)
    expect(copy).toMatch(/^a \(conflict, Device A, 2027-01-15 \d\d\.\d\d\.\d\d\)\.txt$/)
    expect(lab.tree(0)).toEqual({ 'a.txt': 'late', [copy]: 'early' })
    expect(lab.tree(1)).toEqual(lab.tree(0))
    expect(await lab.device(1).engine!.commands['sync:conflicts']({ folderId: FOLDER, offset: 0, limit: 10 })).toMatchObject({
      total: 1, items: [{ copyPath: copy, path: 'a.txt', deviceName: 'Device A', copy: { size: 5 }, original: { size: 4 } }],
    })
    expect(await lab.device(1).engine!.commands['sync:preview']({ folderId: FOLDER, copyPath: copy })).toEqual({
      original: { kind: 'text', text: 'late', cut: false }, copy: { kind: 'text', text: 'early', cut: false },
    })
  })

  test.each([['original', ['late'], ['early']], ['copy', ['early'], ['late']], ['both', ['early', 'late'], []]] as const)('is resolved: %s', async (keep, live, trashed) => {
    const lab = await conflict()
    const before = lab.device(1).volume.trashed.length
    await lab.device(1).engine!.commands['sync:resolve']({ folderId: FOLDER, copyPath: copyOf(lab), keep })
    await lab.rest()
    expect(Object.values(lab.tree(0)).sort()).toEqual(live)
    expect(lab.tree(1)).toEqual(lab.tree(0))
    expect(lab.device(1).volume.trashed.slice(before).map(({ file }) => Buffer.from(file.bytes).toString())).toEqual(trashed)
    expect(lab.state(0).conflicts).toBe(0)
    expect(lab.tree(0)['a.txt']).toBe(keep === 'copy' ? 'early' : 'late')
  })

  test('of a file with a folder says that a folder has the name', async () => {
    const lab = await sharedLab()
    lab.wires[0]!.cut(false)
    lab.write(0, 'a', 'a file')
    lab.write(1, 'a/b', 'in a folder')
    await lab.rest(5_000)
    lab.wires[0]!.connect()
    await lab.rest()
    const copyPath = copyOf(lab)
    const commands = lab.device(1).engine!.commands
    expect((await commands['sync:conflicts']({ folderId: FOLDER, offset: 0, limit: 10 })).items).toMatchObject([{ copyPath, path: 'a', original: null, folder: true }])
    await expect(commands['sync:resolve']({ folderId: FOLDER, copyPath, keep: 'copy' })).rejects.toMatchObject({ code: 'USAGE_INVALID', message: expect.stringContaining('Keep both') })
    await commands['sync:resolve']({ folderId: FOLDER, copyPath, keep: 'both' })
    await lab.rest()
    expect(lab.tree(0)).toEqual({ 'a/b': 'in a folder', 'a (2)': 'a file' })
  })

  test('is nothing that only looks like one: pages are as long as they say', async () => {
    const lab = await sharedLab()
    const name = (end: string) => `a (conflict, Device A, 2027-01-15 00.00.00)${end}`
    for (const end of ['x', ' and more', '.txt', ' (2).txt']) lab.write(0, name(end), end)
    await lab.rest()
    const page = async (offset: number) => {
      const { total, items } = await lab.device(1).engine!.commands['sync:conflicts']({ folderId: FOLDER, offset, limit: 1 })
      return [total, items.map(({ copyPath }) => copyPath)]
    }
    expect([await page(0), await page(1), await page(2)]).toEqual([[2, [name(' (2).txt')]], [2, [name('.txt')]], [2, []]])
    expect(lab.state(1).conflicts).toBe(2)
  })

  test('of several copies is resolved for all of them at once', async () => {
    const lab = await conflict()
    lab.write(0, 'a (conflict, Device B, 2027-01-15 00.00.00).txt', 'older')
    await lab.rest()
    const copies = Object.keys(lab.tree(0)).filter((path) => path.includes('conflict'))
    expect(copies).toHaveLength(2)
    await Promise.all(copies.map((copyPath) => lab.device(0).engine!.commands['sync:resolve']({ folderId: FOLDER, copyPath, keep: 'both' })))
    await lab.rest()
    expect(Object.keys(lab.tree(1)).sort()).toEqual(['a (2).txt', 'a (3).txt', 'a.txt'])
    expect(Object.values(lab.tree(1)).sort()).toEqual(['early', 'late', 'older'])
  })
})

describe('a journal that was restored from a backup', () => {
  test.each([2, 30])('is noticed by who knows more of it, after %i further edits: everybody has the same again', async (edits) => {
    const lab = await sharedLab()
    for (let index = 0; index < 5; index += 1) lab.write(0, `old${index}`, `old ${index}`)
    await lab.rest()
    const restore = lab.device(0).store.snapshot()
    for (let index = 0; index < 10; index += 1) lab.write(0, `between${index}`, `between ${index}`)
    await lab.rest()
    lab.device(0).crash()
    await lab.rest(1_000)
    restore()
    for (let index = 0; index < 10; index += 1) lab.device(0).volume.remove(`between${index}`)
    for (let index = 0; index < edits; index += 1) lab.device(0).volume.put(`new${index}`, new TextEncoder().encode(`new ${index}`))
    lab.device(0).start()
    // All of it is in the index before anybody is heard.
    await lab.rest(20_000)
    lab.device(0).unsure()
    await lab.rest(20_000)
    lab.wires[0]!.connect()
    await lab.rest(60_000)
    for (let index = 0; index < edits; index += 1) expect([lab.tree(0)[`new${index}`], lab.tree(1)[`new${index}`]]).toEqual([`new ${index}`, `new ${index}`])
    expect(lab.tree(1)).toEqual(lab.tree(0))
    expect([lab.state(0).state, lab.state(1).state]).toEqual([{ kind: 'up-to-date' }, { kind: 'up-to-date' }])
  })
})

describe('nothing is taken', () => {
  async function emptied(): Promise<SyncLab> {
    const lab = await sharedLab()
    for (let index = 0; index < 20; index += 1) lab.write(0, `d/${index}`, `content of ${index}`)
    await lab.rest()
    lab.remove(0, 'd')
    await lab.rest()
    return lab
  }

  test('a plan that deletes more than half asks, and does nothing before', async () => {
    const lab = await emptied()
    const { state } = lab.state(1)
    expect(state).toMatchObject({ kind: 'asking', totalFiles: 20, counts: { delete: 20 } })
    expect(Object.keys(lab.tree(1))).toHaveLength(20)
    const { commands } = lab.device(1).engine!
    expect((await commands['sync:plan']({ folderId: FOLDER, offset: 0, limit: 100 })).items.filter(({ action }) => action === 'delete')).toHaveLength(20)
    await expect(commands['sync:answer']({ folderId: FOLDER, token: 'another', answer: 'apply' })).rejects.toMatchObject({ code: 'SYNC_ASKING' })
    await commands['sync:answer']({ folderId: FOLDER, token: state.kind === 'asking' ? state.token : '', answer: 'apply' })
    await lab.rest()
    expect(lab.tree(1)).toEqual({})
    const { items } = await commands['sync:trash']({ folderId: FOLDER, offset: 0, limit: 1 })
    expect(await commands['sync:restore']({ folderId: FOLDER, trashId: items[0]!.id })).toEqual({ path: items[0]!.path })
    await lab.rest()
    expect(Object.keys(lab.tree(0))).toEqual([items[0]!.path])
  })

  test('or what is here is kept, and wins', async () => {
    const lab = await emptied()
    const { state } = lab.state(1)
    await lab.device(1).engine!.commands['sync:answer']({ folderId: FOLDER, token: state.kind === 'asking' ? state.token : '', answer: 'keep-mine' })
    await lab.rest()
    expect(Object.keys(lab.tree(0))).toHaveLength(20)
    expect(lab.tree(1)).toEqual(lab.tree(0))
  })

  test('keeping what is here brings back what was taken away before it asked', async () => {
    const lab = await sharedLab()
    for (let index = 0; index < 10; index += 1) lab.write(0, `d/${index}`, `content of ${index}`)
    await lab.rest()
    lab.write(0, 'd/0', 'another content')
    await lab.rest(2_000)
    lab.write(0, 'd/0', 'one more')
    lab.remove(0, 'd/1')
    lab.remove(0, 'd/2')
    await lab.rest(5_000)
    lab.write(1, 'd/1', 'made anew here')
    lab.write(0, 'd/3', 'changed and used')
    await lab.rest(5_000)
    lab.write(1, 'd/3', 'and changed here since')
    await lab.rest(5_000)
    for (let index = 4; index < 10; index += 1) lab.remove(0, `d/${index}`)
    await lab.rest(5_000)
    const { state } = lab.state(1)
    expect([state.kind, Object.keys(lab.tree(1)).length]).toEqual(['asking', 9])
    await lab.device(1).engine!.commands['sync:answer']({ folderId: FOLDER, token: state.kind === 'asking' ? state.token : '', answer: 'keep-mine' })
    await lab.rest()
    const kept = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`d/${index}`, `content of ${index}`]))
    expect(lab.tree(1)).toEqual({ ...kept, 'd/1': 'made anew here', 'd/3': 'and changed here since' })
    expect(lab.tree(0)).toEqual(lab.tree(1))
    // What took its place is in the trash, as is what was there between.
    expect(lab.device(1).volume.trashed.map(({ path, file }) => `${path} ${Buffer.from(file.bytes).toString()}`)).toEqual(expect.arrayContaining(['d/0 another content', 'd/0 one more']))
    expect(lab.state(1)).toMatchObject({ state: { kind: 'up-to-date' }, conflicts: 0 })
  })

  test('a folder that is not there is not an empty one', async () => {
    const lab = await sharedLab()
    lab.write(0, 'a', 'x')
    await lab.rest()
    const nodes = new Map(lab.device(0).volume.nodes)
    lab.device(0).volume.present = false
    lab.device(0).volume.nodes.clear()
    lab.device(0).unsure()
    await lab.rest()
    expect(lab.state(0).state).toMatchObject({ kind: 'missing', error: { code: 'FOLDER_MISSING' } })
    expect(lab.tree(1)).toEqual({ a: 'x' })
    for (const [path, node] of nodes) lab.device(0).volume.nodes.set(path, node)
    lab.device(0).volume.present = true
    await lab.rest()
    expect(lab.state(0).state).toEqual({ kind: 'up-to-date' })
  })

  test('a volume that is mounted in it hides files and deletes none, and its going is noticed soon', async () => {
    const lab = await sharedLab()
    for (const path of ['d/a', 'd/b', 'e']) lab.write(0, path, path)
    await lab.rest()
    const { volume } = lab.device(0)
    const before = new Map(volume.nodes)
    volume.mounted.add('d')
    lab.device(0).notify(['d/a'])
    await lab.rest()
    const problems = () => lab.device(0).store.problems(FOLDER, 0, 9).items.map(({ path, error }) => [path, error.message])
    expect(problems()).toEqual([['d', expect.stringContaining('another volume')]])
    lab.device(0).unsure()
    lab.write(1, 'd/a', 'changed elsewhere')
    await lab.rest(10 * 60_000)
    expect([Object.keys(lab.tree(1)), new Map(volume.nodes).get('d/b')]).toEqual([['d/a', 'd/b', 'e'], before.get('d/b')])
    volume.mounted.clear()
    // Nobody tells.
    await lab.rest(61_000)
    expect(problems()).toEqual([])
    await lab.rest(10 * 60_000)
    expect(lab.tree(0)).toEqual({ 'd/a': 'changed elsewhere', 'd/b': 'd/b', e: 'e' })
    expect(lab.tree(1)).toEqual(lab.tree(0))
  })

  test('paused: nothing is done until it is resumed', async () => {
    const lab = await sharedLab()
    await lab.device(1).engine!.commands['sync:set']({ folderId: FOLDER, paused: true })
    lab.write(0, 'a', 'x')
    await lab.rest()
    expect([lab.tree(1), lab.state(1).state]).toEqual([{}, { kind: 'paused' }])
    await lab.device(1).engine!.commands['sync:set']({ folderId: FOLDER, paused: false })
    await lab.rest()
    expect(lab.tree(1)).toEqual({ a: 'x' })
  })
})
