import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const EVERY_MS = 100
/** Larger files are told by their size, which staging in place would get wrong for all but the last moment. */
const COMPARE_BYTES = 1 << 20

/**
 * Looks through a receive folder again and again while it fills: whatever has a name there must be what the source has
 * under it, whole. Files of the engine's own folder have no names yet and are not looked at.
 */
export class WholeWatch {
  #source: string
  #folder: string
  #seen = new Set<string>()
  #problems: string[] = []
  #looks = 0
  #timer: NodeJS.Timeout | undefined

  constructor(source: string, folder: string) {
    this.#source = source
    this.#folder = folder
    this.#again()
  }

  get looks(): number {
    return this.#looks
  }

  /** No more looks. */
  stop(): void {
    clearTimeout(this.#timer)
  }

  /** Looks once more, for the last time; throws what was seen that should not have been. */
  finish(): void {
    this.stop()
    this.#look('')
    if (this.#problems.length > 0) throw new Error(`seen in ${this.#folder}:\n${this.#problems.slice(0, 20).join('\n')}`)
  }

  #again(): void {
    this.#timer = setTimeout(() => {
      this.#looks += 1
      this.#look('')
      this.#again()
    }, EVERY_MS)
  }

  #look(path: string): void {
    for (const entry of readdirSync(join(this.#folder, path), { withFileTypes: true })) {
      const inner = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.name.startsWith('.holdfast')) {
        if (path !== '') this.#problems.push(`${inner}: a name of the engine outside its folder`)
      } else if (entry.isDirectory()) this.#look(inner)
      else if (!this.#seen.has(inner)) {
        this.#seen.add(inner)
        this.#check(inner)
      }
    }
  }

  #check(path: string): void {
    const [from, to] = [join(this.#source, path), join(this.#folder, path)]
    const expected = statSync(from, { throwIfNoEntry: false })
    const found = statSync(to)
    if (!expected) this.#problems.push(`${path}: nobody sent that`)
    else if (found.size !== expected.size) this.#problems.push(`${path}: ${found.size} of ${expected.size} bytes`)
    else if (found.size <= COMPARE_BYTES && !readFileSync(from).equals(readFileSync(to))) this.#problems.push(`${path}: other content`)
  }
}
