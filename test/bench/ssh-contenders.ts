import { chmod, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../support/system-tools.ts'
import type { Contender } from './contender.ts'
import { measure, type Measured } from './measure.ts'
import { freePort, listeningOn, runProgram, startProgram, stopProgram } from './programs.ts'

/** sshd locks its unprivileged half into this empty folder; compiled into it. */
const PRIVILEGE_FOLDER = '/run/sshd'

interface SshServer {
  readonly pid: number
  /** For `ssh -F` and `scp -F`: names the host `bench`. */
  readonly clientConfig: string
  close(): Promise<void>
}

/** An sshd of our own on a loopback port, with throw-away keys; knows nothing of this machine's other SSH settings. */
async function startSshServer(root: string): Promise<SshServer> {
  const port = await freePort()
  const at = (name: string) => join(root, name)
  await chmod(root, 0o700)
  for (const key of ['host-key', 'user-key']) {
    await runProgram('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'holdfast-bench', '-f', at(key)])
  }
  const userKey = await readFile(at('user-key.pub'), 'utf8')
  const hostKey = await readFile(at('host-key.pub'), 'utf8')
  await writeFile(at('authorized-keys'), userKey, { mode: 0o600 })
  await writeFile(at('known-hosts'), `[127.0.0.1]:${port} ${hostKey}`)
  await writeFile(
    at('sshd-config'),
    [
      'ListenAddress 127.0.0.1',
      `Port ${port}`,
      `HostKey ${at('host-key')}`,
      `AuthorizedKeysFile ${at('authorized-keys')}`,
      `PidFile ${at('sshd.pid')}`,
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PubkeyAuthentication yes',
      'PermitRootLogin prohibit-password',
      'StrictModes no',
      'UsePAM no',
      'Ciphers aes128-gcm@openssh.com',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  )
  const clientConfig = at('ssh-config')
  await writeFile(
    clientConfig,
    [
      'Host bench',
      '  HostName 127.0.0.1',
      `  Port ${port}`,
      `  User ${userInfo().username}`,
      `  IdentityFile ${at('user-key')}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${at('known-hosts')}`,
      '  BatchMode yes',
      '  Ciphers aes128-gcm@openssh.com',
      '  Compression no',
      '',
    ].join('\n'),
  )
  // Missing where the package's service has never run.
  const made = process.getuid?.() === 0 ? await mkdir(PRIVILEGE_FOLDER, { recursive: true, mode: 0o755 }) : undefined
  // sshd wants to be called by its full path.
  const server = startProgram(findProgram('sshd') ?? 'sshd', ['-D', '-e', '-f', at('sshd-config')])
  await listeningOn(port, server)
  const close = async () => {
    await stopProgram(server)
    if (made) await rmdir(PRIVILEGE_FOLDER)
  }
  return { pid: server.pid ?? 0, clientConfig, close }
}

function overSsh(
  name: string,
  programs: readonly string[],
  durability: string,
  send: (server: SshServer, source: string, target: string) => Promise<void>,
): Contender {
  return {
    name,
    encryption: 'SSH, aes128-gcm',
    durability,
    missing: () =>
      ['ssh', 'sshd', 'ssh-keygen', ...programs].every((program) => findProgram(program))
        ? null
        : `apt-get install openssh-client openssh-server ${programs.includes('rsync') ? 'rsync' : ''}`.trim(),
    async prepare(root) {
      const server = await startSshServer(root)
      return {
        run: (workload, target): Promise<Measured> => measure([server.pid], () => send(server, workload.source, target)),
        close: () => server.close(),
      }
    },
  }
}

export const rsyncSsh = overSsh('rsync-ssh', ['rsync'], 'nothing flushed; renamed when whole', (server, source, target) =>
  runProgram('rsync', ['-a', '--whole-file', '-e', `ssh -F ${server.clientConfig}`, source, `bench:${target}/`]),
)

export const scp = overSsh('scp', ['scp'], 'nothing flushed', (server, source, target) =>
  runProgram('scp', ['-q', '-r', '-F', server.clientConfig, source, `bench:${target}/`]),
)
