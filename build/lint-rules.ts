import type { Rule } from 'eslint'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkImport } from './layers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Holds every import, re-export, dynamic import and import type against the table of build/layers.ts. */
const layers: Rule.RuleModule = {
  meta: { type: 'problem', schema: [], messages: { wrong: '{{problem}}' } },
  create(context) {
    const file = relative(root, context.filename).split(sep).join('/')

    const check = (node: object): void => {
      const specifier = (node as { source?: { value?: unknown } | null }).source?.value
      if (typeof specifier !== 'string') return
      const problem = checkImport(file, specifier)
      if (problem) context.report({ node: node as Rule.Node, messageId: 'wrong', data: { problem } })
    }

    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    }
  },
}

export const holdfastRules = { rules: { layers } }
