import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { findProgram } from '../support/system-tools.ts'
import type { Contender } from './contender.ts'
import { measure } from './measure.ts'
import { ended, freePort, listeningOn, runProgram, startProgram, stopProgram } from './programs.ts'

export const NO_FLUSH = 'nothing flushed'

/** No network at all: the limit of this machine's disk and file system. */
export const copy: Contender = {
  name: 'cp',
  encryption: 'no network',
  durability: NO_FLUSH,
  missing: () => (findProgram('cp') ? null : 'coreutils'),
  prepare: () =>
    Promise.resolve({
      run: (workload, target) => measure([], () => runProgram('cp', ['-r', workload.source, target])),
      close: () => Promise.resolve(),
    }),
}

/** A daemon of our own on loopback, without a password. */
export const rsyncDaemon: Contender = rsync('rsyncd', `${NO_FLUSH}; renamed when whole`, [])

/** As durable as Holdfast, in rsync's way: each file flushed by itself. */
export const rsyncFsync: Contender = { ...rsync('rsyncd-fsync', 'each file flushed; renamed when whole', ['--fsync']), onlyFor: ['S'] }

function rsync(name: string, durability: string, options: readonly string[]): Contender {
  return {
    name,
    encryption: 'none',
    durability,
    missing: () => (findProgram('rsync') ? null : 'apt-get install rsync'),
    async prepare(root) {
      const port = await freePort()
      const config = join(root, 'rsyncd.conf')
      const asRoot = process.getuid?.() === 0 ? 'uid = root\ngid = root\n' : ''
      // The module is the whole temporary folder of this benchmark: targets are beside `root`.
      await writeFile(
        config,
        `use chroot = no\nlog file = ${join(root, 'rsyncd.log')}\nlock file = ${join(root, 'rsyncd.lock')}\n${asRoot}` +
          `[bench]\npath = ${dirname(root)}\nread only = no\n`,
      )
      const daemon = startProgram('rsync', ['--daemon', '--no-detach', `--config=${config}`, '--address=127.0.0.1', `--port=${port}`])
      await listeningOn(port, daemon)
      return {
        run: (workload, target) =>
          measure([daemon.pid ?? 0], () =>
            runProgram('rsync', ['-a', '--whole-file', ...options, workload.source, `rsync://127.0.0.1:${port}/bench/${basename(target)}/`]),
          ),
        close: () => stopProgram(daemon),
      }
    },
  }
}

/** OpenBSD's, the usual one: it closes after the input's end when asked to (-N). */
export function hasUsableNetcat(): boolean {
  const help = findProgram('nc') ? spawnSync('nc', ['-h'], { encoding: 'utf8' }) : null
  return help !== null && /-N\b/.test(help.stdout + help.stderr)
}

export const tarNetcat: Contender = {
  name: 'tar|nc',
  encryption: 'none',
  durability: `${NO_FLUSH}, nothing verified`,
  missing: () => (findProgram('tar') && hasUsableNetcat() ? null : 'apt-get install tar netcat-openbsd'),
  prepare: () =>
    Promise.resolve({
      async run(workload, target) {
        const port = String(await freePort())
        const receiver = startProgram('sh', ['-c', 'nc -l 127.0.0.1 "$1" | tar -xf - -C "$2"', 'sh', port, target])
        const received = ended(receiver, 'nc | tar')
        received.catch(() => undefined)
        await listeningOn(Number(port), receiver)
        const { source } = workload
        return measure([], async () => {
          const pipeline = 'tar -cf - -C "$2" "$3" | nc -N 127.0.0.1 "$1"'
          await runProgram('sh', ['-c', pipeline, 'sh', port, dirname(source), basename(source)])
          await received
        })
      },
      close: () => Promise.resolve(),
    }),
}
