/** Takes the lock of a home, reports whether it could, and stays. */
import { writeSync } from 'node:fs'
import { tryLockHome } from '../../../electron/engine/journal/home-lock.ts'

const lock = tryLockHome(process.argv[2] ?? '')
writeSync(1, lock ? 'held\n' : 'taken\n')
if (lock) setInterval(() => undefined, 60_000)
