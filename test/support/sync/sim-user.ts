import { isAtOrBelow, parentOf } from '../../../electron/engine/sync/folder-context.ts'
import { contentKey, type MemoryFile, type MemoryVolume } from './memory-disk.ts'
import type { SimDevice } from './sim-device.ts'
import type { World } from './sim-world.ts'

const NAMES = ['a', 'b', 'c', 'd.txt', 'e.txt', 'ü']
const LONG_BYTES = 2 * 1024 * 1024 + 100

/** People (and programs) who work with the files of several devices, and what they have done away with themselves. */
export class Users {
  /** Contents that somebody has overwritten or deleted somewhere: those may be in a trash only. */
  readonly superseded = new Set<string>()
  /** All that ever were, with where. */
  readonly created = new Map<string, string>()
  readonly #world: World
  readonly #devices: readonly SimDevice[]
  readonly #long: boolean
  #count = 0

  constructor(world: World, devices: readonly SimDevice[], long: boolean) {
    this.#world = world
    this.#devices = devices
    this.#long = long
  }

  act(): void {
    const { random } = this.#world
    const device = random.pick(this.#devices)
    const action = random.pick(ACTIONS)
    const paths = this[action](device)
    if (paths.length === 0) return
    this.#world.note(`${device.letter} user ${action} ${paths.join(' ')}`)
    this.#notify(device, paths)
  }

  /** The same edit on two devices. */
  twice(): void {
    const { random } = this.#world
    const path = this.#anyPath()
    const bytes = this.#content()
    for (const device of this.#devices.filter(() => random.unit() < 0.6)) {
      if (!this.#canBeFile(device.volume, path)) continue
      this.#write(device, path, bytes)
      this.#world.note(`${device.letter} user same ${path}`)
      this.#notify(device, [path])
    }
  }

  write(device: SimDevice): string[] {
    const path = this.#anyPath()
    if (!this.#canBeFile(device.volume, path)) return []
    this.#write(device, path, this.#content())
    return [path]
  }

  edit(device: SimDevice): string[] {
    const path = this.#someFile(device.volume)
    if (path === undefined) return []
    const before = device.volume.nodes.get(path) as MemoryFile
    const bytes = before.bytes.length > 1_000 ? this.#longEdit(before.bytes) : this.#content()
    this.#write(device, path, bytes, before)
    return [path]
  }

  /** Beside it, then over it. */
  save(device: SimDevice): string[] {
    const path = this.#someFile(device.volume)
    if (path === undefined) return []
    const beside = `${path}~`
    const bytes = this.#content()
    this.#create(device, path, bytes)
    device.volume.put(beside, bytes)
    this.#gone(device.volume, path)
    device.volume.move(beside, path)
    return [beside, path]
  }

  remove(device: SimDevice): string[] {
    const path = this.#someFile(device.volume)
    if (path === undefined) return []
    this.#gone(device.volume, path)
    device.volume.remove(path)
    return [path]
  }

  removeFolder(device: SimDevice): string[] {
    const path = this.#someFolder(device.volume)
    if (path === undefined) return []
    this.#gone(device.volume, path)
    device.volume.remove(path)
    return [path]
  }

  makeFolder(device: SimDevice): string[] {
    const path = this.#anyPath()
    if (device.volume.nodes.has(path) || !this.#canBeFile(device.volume, path)) return []
    device.volume.folder(path)
    return [path]
  }

  rename(device: SimDevice): string[] {
    const { random } = this.#world
    const from = random.unit() < 0.3 ? this.#someFolder(device.volume) : this.#someFile(device.volume)
    const to = this.#anyPath()
    if (from === undefined || device.volume.nodes.has(to) || isAtOrBelow(to, from) || !this.#canBeFile(device.volume, to)) return []
    device.volume.folder(parentOf(to))
    device.volume.move(from, to)
    return [from, to]
  }

  /** A folder becomes a file, or the reverse. */
  swap(device: SimDevice): string[] {
    const { random } = this.#world
    const toFile = random.unit() < 0.5
    const path = toFile ? this.#someFolder(device.volume) : this.#someFile(device.volume)
    if (path === undefined) return []
    this.#gone(device.volume, path)
    device.volume.remove(path)
    const now = toFile ? path : `${path}/${random.pick(NAMES)}`
    this.#write(device, now, this.#content())
    return [path, now]
  }

  touch(device: SimDevice): string[] {
    const path = this.#someFile(device.volume)
    if (path === undefined) return []
    const file = device.volume.nodes.get(path) as MemoryFile
    device.volume.nodes.set(path, device.volume.made(file.bytes, device.volume.nowMs, file.executable, file.inode))
    return [path]
  }

  makeExecutable(device: SimDevice): string[] {
    const path = this.#someFile(device.volume)
    if (path === undefined) return []
    const file = device.volume.nodes.get(path) as MemoryFile
    device.volume.nodes.set(path, device.volume.made(file.bytes, file.mtimeMs, !file.executable, file.inode))
    return [path]
  }

  copy(device: SimDevice): string[] {
    const from = this.#someFile(device.volume)
    const to = this.#anyPath()
    if (from === undefined || device.volume.nodes.has(to) || !this.#canBeFile(device.volume, to)) return []
    device.volume.put(to, (device.volume.nodes.get(from) as MemoryFile).bytes)
    return [from, to]
  }

  supersede(device: SimDevice, path: string): void {
    this.#gone(device.volume, path)
  }

  #notify(device: SimDevice, paths: readonly string[]): void {
    const { random } = this.#world
    const chance = random.unit()
    if (chance < 0.12) return
    if (chance < 0.15) this.#world.after(random.integer(0, 50), () => device.unsure())
    else this.#world.after(random.integer(0, 50), () => device.notify(paths))
  }

  #write(device: SimDevice, path: string, bytes: Uint8Array, over?: MemoryFile): void {
    this.#gone(device.volume, path)
    this.#create(device, path, bytes)
    device.volume.folder(parentOf(path))
    const old = device.volume.nodes.get(path)
    const inode = over?.inode ?? (old && old !== 'folder' ? old.inode : undefined)
    device.volume.nodes.set(path, device.volume.made(bytes, device.volume.nowMs, over?.executable ?? false, inode))
  }

  #create(device: SimDevice, path: string, bytes: Uint8Array): void {
    this.created.set(contentKey(bytes), `${device.letter} ${path}`)
  }

  #gone(volume: MemoryVolume, path: string): void {
    for (const [at, node] of volume.nodes) if (node !== 'folder' && isAtOrBelow(at, path)) this.superseded.add(contentKey(node.bytes))
  }

  #content(): Uint8Array {
    this.#count += 1
    const { random } = this.#world
    if (this.#long && random.unit() < 0.2) {
      const bytes = new Uint8Array(LONG_BYTES)
      bytes.fill(this.#count % 251)
      new DataView(bytes.buffer).setUint32(0, this.#count)
      return bytes
    }
    return new TextEncoder().encode(`content ${this.#count}${' '.repeat(random.integer(0, 5))}`)
  }

  #longEdit(before: Uint8Array): Uint8Array {
    this.#count += 1
    const bytes = before.slice()
    new DataView(bytes.buffer).setUint32(this.#world.random.integer(0, bytes.length - 4), this.#count)
    return bytes
  }

  #anyPath(): string {
    const { random } = this.#world
    return Array.from({ length: random.integer(1, 3) }, () => random.pick(NAMES)).join('/')
  }

  /** Nothing but folders above it, and no folder of that name. */
  #canBeFile(volume: MemoryVolume, path: string): boolean {
    if (volume.nodes.get(path) === 'folder') return false
    for (let above = parentOf(path); above !== ''; above = parentOf(above)) {
      const node = volume.nodes.get(above)
      if (node !== undefined && node !== 'folder') return false
    }
    return true
  }

  #someFile(volume: MemoryVolume): string | undefined {
    const files = [...volume.nodes].filter(([, node]) => node !== 'folder').map(([path]) => path).sort()
    return files.length > 0 ? this.#world.random.pick(files) : undefined
  }
  #someFolder(volume: MemoryVolume): string | undefined {
    const folders = [...volume.nodes].filter(([, node]) => node === 'folder').map(([path]) => path).sort()
    return folders.length > 0 ? this.#world.random.pick(folders) : undefined
  }
}

const ACTIONS = [
  'write', 'write', 'write', 'write', 'edit', 'edit', 'edit', 'save', 'remove', 'removeFolder', 'makeFolder', 'rename', 'rename', 'swap', 'touch', 'makeExecutable', 'copy',
] as const
