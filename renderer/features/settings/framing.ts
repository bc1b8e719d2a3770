/** The framings of a plain TCP inbox as a form shows them: a kind, and where it needs one, a parameter. */
export const FRAMING_KINDS = ['eof', 'fixed', 'delimiter', 'length32', 'decimal', 'netstring', 'blocks', 'typed'] as const

export type FramingKind = (typeof FRAMING_KINDS)[number]

/** Those with something to set, and what each begins with when it is chosen: every choice is a whole framing. */
const FIRST_PARAMETERS = {
  fixed: '16',
  delimiter: '\\n',
  decimal: '5',
  typed: '01=fixed:16,02=length32',
} as const satisfies Partial<Record<FramingKind, string>>

export type FramingWithParameter = keyof typeof FIRST_PARAMETERS

export const MAX_DECIMAL_DIGITS = 20

export function takesParameter(kind: FramingKind): kind is FramingWithParameter {
  return Object.hasOwn(FIRST_PARAMETERS, kind)
}

export type Framing =
  | { readonly kind: FramingWithParameter; readonly parameter: string }
  | { readonly kind: Exclude<FramingKind, FramingWithParameter> }

/** `text` comes from the settings, which the engine has checked; what is unknown is shown as `eof`. */
export function splitFraming(text: string): Framing {
  const colon = text.indexOf(':')
  const name = colon < 0 ? text : text.slice(0, colon)
  const kind = FRAMING_KINDS.find((known) => known === name) ?? 'eof'
  return takesParameter(kind) ? { kind, parameter: text.slice(name.length + 1) } : { kind }
}

/** @param parameter absent: what it begins with */
export function joinFraming(kind: FramingKind, parameter?: string): string {
  return takesParameter(kind) ? `${kind}:${parameter ?? FIRST_PARAMETERS[kind]}` : kind
}

/** Whether only programs on this machine can reach what listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/i.test(host)
}
