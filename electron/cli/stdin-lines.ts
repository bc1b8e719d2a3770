import type { Readable } from 'node:stream'
import type { LineSource } from './io.ts'

/** An answer is a word; whoever pipes a film into it gets no memory for it. */
const MAX_LINE_CHARACTERS = 1000

/** Lines of standard input. Nothing is read before somebody listens, so that a job in the background is not stopped for it. */
export class StdinLines implements LineSource {
  readonly #open: () => Readable | undefined
  readonly isTerminal: boolean
  #stream: Readable | undefined
  #listeners = new Set<{ onLine: (line: string) => void; onEnd: () => void }>()
  #rest = ''
  #ended = false

  /** `open` gives nothing when standard input cannot be read: as if it had ended. */
  constructor(isTerminal: boolean, open: () => Readable | undefined) {
    this.isTerminal = isTerminal
    this.#open = open
  }

  listen(onLine: (line: string) => void, onEnd: () => void): () => void {
    const listener = { onLine, onEnd }
    this.#listeners.add(listener)
    if (this.#ended) queueMicrotask(onEnd)
    else if (this.#stream) this.#stream.resume()
    else this.#start()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stream?.pause()
    }
  }

  #start(): void {
    const stream = this.#open()
    if (!stream) return this.#end()
    this.#stream = stream
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => this.#take(text))
    stream.on('end', () => this.#end())
    stream.on('error', () => this.#end())
    stream.on('close', () => this.#end())
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/)
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS)
    for (const line of lines) for (const { onLine } of [...this.#listeners]) onLine(line.slice(0, MAX_LINE_CHARACTERS))
  }

  #end(): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#rest !== '') this.#take('\n')
    for (const { onEnd } of [...this.#listeners]) onEnd()
  }
}
