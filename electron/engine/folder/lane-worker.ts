import { parentPort } from 'node:worker_threads'
import { keepCode } from '../util/kept-code.ts'

const port = parentPort
if (!port) throw new Error('this file is the entry of a worker thread')

keepCode()

// What is asked meanwhile waits in the port.
void import('./run-lane.ts').then(({ runLane }) => runLane(port))
