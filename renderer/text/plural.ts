import { formatCount } from './format.ts'

const rules = new Intl.PluralRules('en')

/** `1 file`, `2,000 files`. */
export function plural(count: number, one: string, other: string): string {
  return `${formatCount(count)} ${rules.select(count) === 'one' ? one : other}`
}
