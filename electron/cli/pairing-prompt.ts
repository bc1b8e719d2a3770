import { toErrorData } from '../../shared/errors.ts'
import type { EngineClient } from '../../shared/ipc/contract.ts'
import type { Pairing } from '../../shared/model/device.ts'
import type { CommandContext } from './command.ts'
import { formatCode, shortDeviceId } from './format.ts'
import { printable } from './printable.ts'

/** Nobody has read six digits that quickly: what arrives sooner on a terminal was typed before. */
const READING_MS = 250

/**
 * Shows pairings and takes the answer from standard input: `yes` or `no`, on a terminal also Enter for no. A closed
 * standard input answers nothing; another command may (`holdfast accept ID`).
 */
export class PairingPrompt {
  readonly #context: CommandContext
  readonly #engine: Pick<EngineClient, 'call'>
  /** A script may write `yes` before it is asked; only where the user has asked for this one pairing. */
  readonly #early: string[] | undefined
  #open: Pairing | undefined
  #askedAtMs = 0
  #inputEnded = false
  #stopInput: (() => void) | undefined

  constructor(context: CommandContext, engine: Pick<EngineClient, 'call'>, options: { readonly keepEarlyAnswers: boolean }) {
    this.#context = context
    this.#engine = engine
    this.#early = options.keepEarlyAnswers && !context.io.stdin.isTerminal ? [] : undefined
    // A pipe is read from the start, so that what is written before the question is not taken for its answer.
    if (!context.io.stdin.isTerminal) this.#listen()
  }

  /** Tell it of every change of a pairing that is to be answered here. */
  show(pairing: Pairing): void {
    const { output } = this.#context
    const name = printable(pairing.deviceName) || shortDeviceId(pairing.deviceId)
    if (pairing.state.kind === 'compare') {
      if (this.#open?.id === pairing.id) return
      return this.#ask(pairing, pairing.state.code, name)
    }
    if (this.#open?.id === pairing.id) this.#forget()
    if (pairing.state.kind === 'confirmed-here') output.say('Waiting for the other side to say yes too.')
    if (pairing.state.kind === 'paired') output.say(`Paired with ${name} (${pairing.deviceId}).`)
    const withWhom = pairing.deviceId === '' ? '' : ` with ${name}`
    if (pairing.state.kind === 'failed') output.say(`Not paired${withWhom}: ${printable(pairing.state.error.message)}`)
  }

  close(): void {
    this.#open = undefined
    this.#stopInput?.()
    this.#stopInput = undefined
  }

  #ask(pairing: Pairing, code: string, name: string): void {
    const { output, io } = this.#context
    this.#open = pairing
    this.#askedAtMs = io.clock.monotonic()
    output.event('pairing', {
      code,
      deviceId: pairing.deviceId,
      deviceName: pairing.deviceName,
      role: pairing.role,
      pairingId: pairing.id,
    })
    if (pairing.role === 'responder') output.say(`${name} (${pairing.deviceId}) wants to pair.`)
    output.ask(`Do both screens show ${formatCode(code)}? [y/N]`)
    const early = this.#early?.shift()
    if (early !== undefined) return this.#take(early)
    if (this.#inputEnded) this.#sayHowElse()
    else this.#listen()
  }

  #listen(): void {
    this.#stopInput ??= this.#context.io.stdin.listen(
      (line) => this.#take(line),
      () => {
        this.#inputEnded = true
        if (this.#open) this.#sayHowElse()
      },
    )
  }

  #take(line: string): void {
    const { io, output } = this.#context
    const pairing = this.#open
    if (!pairing) {
      if (this.#early && this.#early.length < 10) this.#early.push(line)
      return
    }
    if (io.stdin.isTerminal && io.clock.monotonic() - this.#askedAtMs < READING_MS) return
    const word = line.trim().toLowerCase()
    const yes = word === 'y' || word === 'yes'
    const no = word === 'n' || word === 'no' || (word === '' && io.stdin.isTerminal)
    if (!yes && !no) return output.say('Answer yes or no.')
    this.#forget()
    this.#engine.call('pairing:answer', { pairingId: pairing.id, accept: yes }).catch((error: unknown) => {
      output.say(printable(toErrorData(error).message))
    })
  }

  #forget(): void {
    this.#open = undefined
    if (!this.#context.io.stdin.isTerminal) return
    this.#stopInput?.()
    this.#stopInput = undefined
  }

  #sayHowElse(): void {
    const { output, homeHint } = this.#context
    const id = this.#open?.id ?? ''
    output.say(`\nNobody can answer here. When the codes agree: holdfast accept ${id}${homeHint}; otherwise: holdfast refuse ${id}${homeHint}`)
  }
}
