import { existsSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { compareTrees } from '../../support/compare-trees.ts'
import { FaultProxy } from '../../support/fault-proxy.ts'
import { seededRandom, type SeededRandom } from '../../support/seeded-random.ts'
import { SyncLab, append, put, remove, type SyncHome } from '../../support/sync-lab.ts'
import { makeBigFile, makeTree } from '../../support/trees.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const SEEDS = LONG ? [1, 2, 3, 4, 5, 6] : [1]
const ROUNDS = LONG ? 24 : 6
const FILES = 150
const GUARD_MS = LONG ? 900_000 : 300_000
const MIB = 1 << 20

let lab: SyncLab
afterEach(() => lab.close())

/** Files of a tree, without what the engine keeps for itself. */
function filesOf(home: SyncHome): string[] {
  return readdirSync(home.folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('.holdfast'))
    .filter((path) => statSync(join(home.folder, path), { throwIfNoEntry: false })?.isFile())
    .sort()
}

/** One thing that a person does; names and contents tell which one. */
function edit(random: SeededRandom, home: SyncHome, mark: string): void {
  const files = filesOf(home)
  const file = files.length > 0 ? random.pick(files) : undefined
  try {
    switch (file === undefined ? 0 : random.integer(0, 6)) {
      case 0:
      case 1:
        return put(home, `${random.pick(['new', 'new/deep', 'x.d'])}/${mark}.txt`, mark.repeat(random.integer(0, 4000)))
      case 2:
      case 3:
        return append(home, file ?? '', `, ${mark}`)
      case 4:
        return remove(home, file ?? '')
      case 5:
        return renameSync(join(home.folder, file ?? ''), join(home.folder, `${mark} renamed`))
      default: {
        const folder = readdirSync(home.folder, { withFileTypes: true }).find((entry) => entry.isDirectory() && !entry.name.startsWith('.holdfast'))
        if (folder) renameSync(join(home.folder, folder.name), join(home.folder, `${mark}.d`))
      }
    }
  } catch (error) {
    // The folder is in use: what was there a moment ago may be gone.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

describe('three devices in a line, through a bad network', () => {
  it.each(SEEDS)('cut, killed at any moment and edited meanwhile, end up the same (seed %i)', { timeout: GUARD_MS }, async (seed) => {
    const random = seededRandom(seed)
    lab = new SyncLab()
    const [a, b, c] = [await lab.home('a'), await lab.home('b'), await lab.home('c')]
    const homes = [a, b, c] as const
    const proxies = [await FaultProxy.listen({ to: addressOf(b), seed }), await FaultProxy.listen({ to: addressOf(b), seed: seed + 1 })]
    onTestFinished(() => proxies.forEach((proxy) => proxy.close()))
    await lab.pair(b, a, `127.0.0.1:${proxies[0]?.port}`)
    await lab.pair(b, c, `127.0.0.1:${proxies[1]?.port}`)

    makeTree(a.folder, { seed, files: FILES })
    makeBigFile(join(a.folder, 'big.bin'), 24 * MIB, seed)
    await lab.share(a, b)
    await lab.share(b, c)

    for (let round = 0; round < ROUNDS; round++) {
      for (let count = random.integer(1, 4); count > 0; count--) edit(random, random.pick(homes), `s${seed}r${round}n${count}`)
      const proxy = random.pick(proxies)
      proxy.setFault({ cut: { everyBytes: random.integer(100_000, 6_000_000), how: random.pick(['rst', 'fin']), exact: false } })
      if (random.unit() < 0.5) proxy.cutAll(random.pick(['rst', 'fin']))
      const victim = random.pick(homes)
      const moment = proxy.counters.bytesUp + random.integer(1, 2 * MIB)
      const timer = new AbortController()
      await Promise.race([proxy.reached(moment), after(random.integer(50, 1_500), timer.signal)])
      timer.abort()
      await victim.receiver.process.killHard()
      edit(random, victim, `s${seed}r${round}dead`)
      await lab.again(victim)
    }

    for (const proxy of proxies) proxy.setFault({})
    // What one has done last may still be news to its neighbour when that one is asked.
    for (const home of [a, c, b, a, c]) await lab.settle(home)
    expect(compareTrees(a.folder, b.folder)).toEqual([])
    expect(compareTrees(b.folder, c.folder)).toEqual([])
    expect(filesOf(a).length).toBeGreaterThan(FILES / 2)
    for (const home of homes) {
      expect(await lab.did(home, ['sync', 'status'])).toMatchObject([{ event: 'sync', state: { kind: 'up-to-date' }, problems: 0 }])
      expect(existsSync(join(home.folder, '.holdfast'))).toBe(true)
    }
  })
})

function addressOf(home: SyncHome): { host: string; port: number } {
  return { host: home.receiver.address.split(':')[0] ?? '', port: home.receiver.port }
}

async function after(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
