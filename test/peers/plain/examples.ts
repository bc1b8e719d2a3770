import { readFileSync } from 'node:fs'

export interface Example {
  readonly section: string
  /** The lines of a shell block; the first belongs in a terminal of its own. */
  readonly shell: readonly string[]
  /** The Python that follows it. */
  readonly python: string | undefined
}

/** Shell blocks of EXAMPLES.md, each with the Python block behind it, if any. */
export function readExamples(): Example[] {
  const text = readFileSync(new URL('../../../electron/engine/plain/EXAMPLES.md', import.meta.url), 'utf8')
  const examples: Example[] = []
  let section = ''
  for (const [, title, language, code = ''] of text.matchAll(/^## (.*)$|^```(\w+)\n([^]*?)^```$/gm)) {
    if (title !== undefined) section = title
    else if (language === 'sh') examples.push({ section, shell: code.trimEnd().split('\n'), python: undefined })
    else if (language === 'python') examples.push({ ...examples.pop()!, python: code })
  }
  return examples
}
