import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { StdinLines } from '../../electron/cli/stdin-lines.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

test('lines in any split, the last without an end, then the end', async () => {
  const stream = new PassThrough()
  let opened = 0
  const source = new StdinLines(false, () => {
    opened += 1
    return stream
  })
  expect(opened).toBe(0)
  const heard: string[] = []
  source.listen((line) => heard.push(line), () => heard.push('END'))
  stream.write('ye')
  stream.write('s\r\nno\n\nla')
  stream.end('st')
  await settled()
  await settled()
  expect(heard).toEqual(['yes', 'no', '', 'last', 'END'])
  source.listen(() => undefined, () => heard.push('AGAIN'))
  await settled()
  expect(heard.at(-1)).toBe('AGAIN')
  expect(opened).toBe(1)
})

test('nobody listens: nothing is read', async () => {
  const stream = new PassThrough()
  const source = new StdinLines(true, () => stream)
  const heard: string[] = []
  const stop = source.listen((line) => heard.push(line), () => undefined)
  stream.write('one\n')
  await settled()
  stop()
  stream.write('two\n')
  await settled()
  expect(heard).toEqual(['one'])
  source.listen((line) => heard.push(line), () => undefined)
  await settled()
  expect(heard).toEqual(['one', 'two'])
})

test('a line without end costs no memory', async () => {
  const stream = new PassThrough()
  const heard: string[] = []
  new StdinLines(false, () => stream).listen((line) => heard.push(line), () => undefined)
  for (let i = 0; i < 100; i++) stream.write('x'.repeat(10_000))
  stream.write('\nyes\n')
  await settled()
  await settled()
  expect(heard.map((line) => line.length)).toEqual([1000, 3])
})

test('an input that cannot be read has ended', async () => {
  let ended = 0
  new StdinLines(true, () => undefined).listen(() => undefined, () => (ended += 1))
  await settled()
  expect(ended).toBe(1)
})
