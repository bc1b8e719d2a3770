import { createHash } from 'node:crypto'
import { seededRandom } from '../seeded-random.ts'
import { contentKey, digestOfContent, stampOf } from './memory-disk.ts'
import { FOLDER, SimDevice } from './sim-device.ts'
import { Users } from './sim-user.ts'
import { Wire } from './sim-wire.ts'
import { World } from './sim-world.ts'

const DAY_MS = 86_400_000
const ROUNDS = 40

export interface Outcome {
  readonly trace: readonly string[]
  /** Of the trace: equal for equal seeds. */
  readonly hash: string
  /** What was promised and not kept. */
  readonly errors: readonly string[]
  readonly dataBytes: number
}

/** Several devices, everything that may happen to them, and what must be true when it is over. */
export async function simulate(seed: number): Promise<Outcome> {
  const world = new World(seededRandom(seed))
  const { random } = world
  const long = seed % 100 === 0
  const coded = seed % 16 === 0
  const devices = Array.from({ length: random.integer(2, 5) }, (_, at) => new SimDevice(world, 'ABCDE'[at]!, {
    mode: 'two-way', slowness: random.pick([0, 0.05, 0.3]), bufferBytes: long ? 2 ** 20 + 4_096 : 2 ** 14,
  }))
  const wires = topology(devices.length, random.pick(['line', 'star', 'mesh', 'tree'] as const), random).map(([a, b]) => new Wire(world, devices[a]!, devices[b]!, coded))
  const mesh = wires.length === (devices.length * (devices.length - 1)) / 2
  // Who only sends or only receives passes nothing on: then everybody talks to everybody.
  if (mesh && random.unit() < 0.4) for (const device of devices.slice(1)) if (random.unit() < 0.4) device.mode = random.pick(['send-only', 'receive-only'])
  for (const device of devices) {
    device.wires.push(...wires.filter(({ ends }) => ends.includes(device)))
    device.skewMs = random.unit() < 0.4 ? random.integer(-3 * DAY_MS, 3 * DAY_MS) : random.integer(-2_000, 2_000)
    device.join(device.wires.map(({ ends }) => ends.find((end) => end !== device)!.id))
  }
  const users = new Users(world, devices, long)
  for (let edits = random.integer(0, 8); edits > 0; edits -= 1) users.act()
  for (const device of devices) device.start()
  for (const wire of wires) wire.connect()

  for (let steps = random.integer(5, 30); steps > 0; steps -= 1) {
    await world.run(random.pick([0, 5, 30, 200, 500, 2_000]))
    happen(world, devices, wires, users)
  }
  const errors = await quiesce(world, devices, wires, users)
  const problems = [...errors, ...devices.flatMap((device) => device.errors), ...(errors.length === 0 ? check(devices, users) : [])]
  return {
    trace: world.trace,
    hash: createHash('sha256').update(world.trace.join('\n')).digest('hex'),
    errors: problems,
    dataBytes: wires.reduce((sum, wire) => sum + wire.dataBytes, 0),
  }
}

function happen(world: World, devices: readonly SimDevice[], wires: readonly Wire[], users: Users): void {
  const { random } = world
  const device = random.pick(devices)
  const wire = random.pick(wires)
  const chance = random.unit()
  if (chance < 0.55) users.act()
  else if (chance < 0.62) users.twice()
  else if (chance < 0.72) {
    wire.cut(random.unit() < 0.4)
    world.after(random.integer(10, 3_000), () => wire.connect())
  } else if (chance < 0.84) {
    const { life } = device
    if (life) life.stepsLeft = random.integer(0, 30)
    world.after(random.integer(50, 3_000), () => {
      device.crash()
      device.start()
      for (const one of device.wires) one.connect()
    })
  } else if (chance < 0.88) setFolder(device, { paused: random.unit() < 0.5 })
  else if (chance < 0.9) device.skewMs += random.integer(-2 * DAY_MS, 2 * DAY_MS)
  else if (chance < 0.93) {
    world.note(`${device.letter} unplugged`)
    device.volume.present = false
    world.after(random.integer(10, 8_000), () => (device.volume.present = true))
  } else if (chance < 0.96) answer(world, device, users)
  else if (device.mode !== 'two-way' && random.unit() < 0.3) {
    device.mode = 'two-way'
    setFolder(device, { mode: 'two-way' })
  }
}

function setFolder(device: SimDevice, patch: { paused?: boolean; mode?: SimDevice['mode'] }): void {
  device.engine?.commands['sync:set']({ folderId: FOLDER, ...patch }).catch((error: unknown) => device.errors.push(String(error)))
}

/** To a folder that asks whether so much may be deleted or replaced. */
function answer(world: World, device: SimDevice, users: Users): void {
  const { engine } = device
  const state = engine?.view(FOLDER).state
  if (!engine || state?.kind !== 'asking') return
  const mine = world.random.unit() < 0.3
  world.note(`${device.letter} answers ${mine ? 'keep-mine' : 'apply'}`)
  // Whoever says that theirs shall win has done away with what the others have.
  if (mine) for (const other of device.store.open(FOLDER, undefined, 1_000)) for (const entry of device.store.remote(FOLDER, other)) users.superseded.add(digestContents(users).get(Buffer.from(entry.digest).toString('hex')) ?? '')
  // And with what took the place of what comes back.
  if (mine) for (const { path } of device.volume.trashed) users.supersede(device, path)
  engine.commands['sync:answer']({ folderId: FOLDER, token: state.token, answer: mine ? 'keep-mine' : 'apply' }).catch((error: unknown) => {
    if (!String(error).includes('changed meanwhile') && !String(error).includes('not there')) device.errors.push(String(error))
  })
}

const digestsOf = new WeakMap<Users, Map<string, string>>()
function digestContents(users: Users): Map<string, string> {
  const known = digestsOf.get(users) ?? new Map<string, string>()
  digestsOf.set(users, known)
  for (const content of users.created.keys()) known.set(digestOfContent(content), content)
  return known
}

/** Everybody is there, connected and looks at everything, until nothing happens any more. */
async function quiesce(world: World, devices: readonly SimDevice[], wires: readonly Wire[], users: Users): Promise<string[]> {
  world.note('— quiet —')
  await world.run(10_000)
  for (const device of devices) {
    device.volume.present = true
    if (device.life) device.life.stepsLeft = Infinity
    device.start()
    if (device.life) device.life.stepsLeft = Infinity
  }
  let before = ''
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const wire of wires) wire.connect()
    for (const device of devices) {
      setFolder(device, { paused: false, mode: device.mode })
      device.unsure()
      answer(world, device, users)
    }
    await world.run(700)
    const isQuiet = () => devices.every((device) => device.idle) && wires.every((wire) => wire.quiet && wire.up)
    await world.run(round < 5 ? 5_000 : 120_000, isQuiet)
    const now = devices.map((device) => `${device.store.lastSequence(FOLDER)} ${device.store.openCount(FOLDER)} ${device.engine?.view(FOLDER).state.kind}`).join()
    if (now === before && isQuiet() && devices.every((device) => device.engine?.view(FOLDER).state.kind === 'up-to-date')) return []
    before = now
  }
  return [`does not come to rest: ${before}; ${devices.map((device) => `${device.letter} open ${device.store.open(FOLDER, undefined, 5).join(' ')} problems ${device.store.problems(FOLDER, 0, 3).items.map(({ path, error }) => `${path} ${error.code}`).join(' ')}`).join('; ')}`]
}

function check(devices: readonly SimDevice[], users: Users): string[] {
  const errors: string[] = []
  const whole = devices.filter(({ mode }) => mode === 'two-way')
  const [first] = whole
  for (const device of whole) {
    const difference = differenceOf(treeOf(first!), treeOf(device))
    if (difference !== undefined) errors.push(`${first!.letter} and ${device.letter} differ: ${difference}`)
  }
  const live = new Set(devices.flatMap(({ volume }) => [...volume.nodes.values()].flatMap((node) => (node === 'folder' ? [] : [contentKey(node.bytes)]))))
  const all = new Set(devices.flatMap(({ volume }) => [...volume.contents()]))
  for (const [content, where] of users.created) {
    if (!users.superseded.has(content) && !live.has(content)) errors.push(`nobody has deleted “${content}” (${where}), and it is in ${all.has(content) ? 'a trash' : 'no place'} only`)
  }
  for (const device of devices) {
    const { store, volume } = device
    if (store.openCount(FOLDER) > 0) errors.push(`${device.letter}: ${store.openCount(FOLDER)} paths are open`)
    if (volume.staged.size > 0) errors.push(`${device.letter}: ${volume.staged.size} files are staged`)
    const indexed = store.localInOrder(FOLDER, undefined, 10_000).filter(({ kind, changedHere }) => kind !== 'deleted' && !changedHere)
    for (const entry of indexed) {
      const node = volume.nodes.get(entry.path)
      if (entry.kind === 'folder' ? node !== 'folder' : !node || node === 'folder' || !entry.stamp || stampOf(node).ctimeMs !== entry.stamp.ctimeMs) errors.push(`${device.letter}: the index does not know ${entry.path}`)
    }
    const problems = store.problems(FOLDER, 0, 3).items.filter(({ error }) => device.mode !== 'receive-only' || error.code !== 'FILE_CONFLICT')
    for (const { path, error } of problems) errors.push(`${device.letter}: ${path} is a problem: ${error.message}`)
  }
  return errors
}

function treeOf({ volume }: SimDevice): Map<string, string> {
  return new Map([...volume.nodes].map(([path, node]) => [path, node === 'folder' ? 'folder' : `${contentKey(node.bytes)} ${Math.floor(node.mtimeMs)} ${node.executable}`]))
}

function differenceOf(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): string | undefined {
  for (const path of [...new Set([...a.keys(), ...b.keys()])].sort()) if (a.get(path) !== b.get(path)) return `${path}: ${a.get(path)} | ${b.get(path)}`
  return undefined
}

function topology(count: number, form: 'line' | 'star' | 'mesh' | 'tree', random: World['random']): (readonly [number, number])[] {
  const numbers = Array.from({ length: count - 1 }, (_, at) => at + 1)
  switch (form) {
    case 'line':
      return numbers.map((at) => [at - 1, at])
    case 'star':
      return numbers.map((at) => [0, at])
    case 'tree':
      return numbers.map((at) => [random.integer(0, at - 1), at])
    case 'mesh':
      return numbers.flatMap((at) => Array.from({ length: at }, (_, other) => [other, at] as const))
  }
}
