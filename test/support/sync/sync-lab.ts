import type { SyncMessage } from '../../../electron/engine/protocol/messages.ts'
import { writeForTest } from './write-sync-data.ts'
import { seededRandom } from '../seeded-random.ts'
import { contentKey } from './memory-disk.ts'
import { FOLDER, SimDevice } from './sim-device.ts'
import { Wire } from './sim-wire.ts'
import { World } from './sim-world.ts'

/** A few devices and a clock, for tests that say themselves what happens. */
export class SyncLab {
  readonly world = new World(seededRandom(1))
  readonly devices: SimDevice[]
  readonly wires: Wire[]

  constructor(count: number, edges?: readonly (readonly [number, number])[]) {
    this.devices = Array.from({ length: count }, (_, at) => new SimDevice(this.world, 'ABCDE'[at]!, { mode: 'two-way', slowness: 0, bufferBytes: 2 ** 20 + 4_096 }))
    const all = edges ?? this.devices.flatMap((_, a) => this.devices.slice(a + 1).map((__, b) => [a, a + 1 + b] as const))
    this.wires = all.map(([a, b]) => new Wire(this.world, this.device(a), this.device(b), true))
    for (const device of this.devices) device.wires.push(...this.wires.filter(({ ends }) => ends.includes(device)))
  }

  device(at: number): SimDevice {
    const device = this.devices[at]
    if (!device) throw new Error(`there is no device ${at}`)
    return device
  }

  /** Everybody is a member already. */
  share(): void {
    for (const device of this.devices) device.join(device.wires.map(({ ends }) => ends.find((end) => end !== device)!.id))
  }

  start(): void {
    for (const device of this.devices) device.start()
    for (const wire of this.wires) wire.connect()
  }

  async rest(ms = 20_000): Promise<void> {
    await this.world.run(ms)
  }

  write(at: number, path: string, text: string | Uint8Array): void {
    this.device(at).volume.put(path, typeof text === 'string' ? new TextEncoder().encode(text) : text)
    this.device(at).notify([path])
  }

  remove(at: number, path: string): void {
    this.device(at).volume.remove(path)
    this.device(at).notify([path])
  }

  tree(at: number): Record<string, string> {
    return Object.fromEntries([...this.device(at).volume.nodes].flatMap(([path, node]) => (node === 'folder' ? [] : [[path, contentKey(node.bytes)]])))
  }

  state(at: number) {
    return this.device(at).engine!.view(FOLDER)
  }

  get dataBytes(): number {
    return this.wires.reduce((sum, { dataBytes }) => sum + dataBytes, 0)
  }
}

/** Devices that share a folder already, and are at rest. */
export async function sharedLab(count = 2, edges?: readonly (readonly [number, number])[]): Promise<SyncLab> {
  const lab = new SyncLab(count, edges)
  lab.share()
  lab.start()
  await lab.rest()
  return lab
}

/** A device that says what it likes: what it is sent is kept, what it says is up to the test. */
export class HostilePeer {
  readonly id = Array.from({ length: 13 }, () => 'HHHH').join('-')
  readonly heard: SyncMessage[] = []
  readonly #victim: SimDevice
  answer: (message: SyncMessage) => void = () => undefined

  constructor(victim: SimDevice) {
    this.#victim = victim
    const hear = (message: SyncMessage) => {
      this.heard.push(message)
      this.answer(message)
    }
    const session = { peerId: this.id, connected: true, canSendBulk: true, send: (message: unknown) => hear(message as SyncMessage), sendBulk: (_: number, body: { release(): void }) => body.release() }
    victim.strangers.set(this.id, session)
  }

  say(message: SyncMessage): void {
    this.#handler.message(message)
  }
  data(request: number, pieces: readonly { item: number; block: number; bytes: Uint8Array }[]): void {
    this.#handler.data(writeForTest(request, pieces), 0)
  }
  up(): void {
    this.#handler.up('created')
  }

  get #handler() {
    return this.#victim.engine!.handlerFor(this.#victim.strangers.get(this.id)!)
  }
}
