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

/** What a Playwright locator or page is asked once, and answers as of that moment. */
const LOOKS = new Set(['count', 'textContent', 'innerText', 'isVisible', 'isHidden', 'isChecked', 'isDisabled', 'isEnabled', 'inputValue', 'getAttribute', 'allTextContents', 'evaluateAll', 'evaluate'])
/** That nothing is there may be looked at once, after what shows that it would be there by now. */
const NOTHING = new Set(['toBeUndefined', 'toBeNull', 'toBeFalsy', 'toBeLessThan', 'toBeLessThanOrEqual'])

type Node = { readonly type: string } & Readonly<Record<string, unknown>>

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'

function contains(node: unknown, fits: (node: Node) => boolean): boolean {
  if (Array.isArray(node)) return node.some((one) => contains(one, fits))
  if (!isNode(node)) return false
  return fits(node) || Object.entries(node).some(([key, value]) => key !== 'parent' && contains(value, fits))
}

const nameOf = (node: unknown): string => (isNode(node) && node.type === 'Identifier' ? String(node['name']) : '')

function isLook(node: Node): boolean {
  if (node.type === 'Identifier') return node['name'] === 'engine'
  if (node.type !== 'AwaitExpression') return false
  return contains(node['argument'], (call) => isNode(call['callee']) && LOOKS.has(nameOf(call['callee']['property'])))
}

function isNothing(value: unknown): boolean {
  if (!isNode(value)) return false
  if (value.type === 'ArrayExpression') return (value['elements'] as unknown[]).length === 0
  return value.type === 'Literal' && (value['value'] === 0 || value['value'] === false)
}

/**
 * In tests of pages: what is done to a page shows, and reaches an engine, later. `expect` of a single look at either is a
 * race, except that nothing is there.
 */
const polled: Rule.RuleModule = {
  meta: { type: 'problem', schema: [], messages: { once: 'This is looked at once, and may come a moment later: await expect.poll(() => …).' } },
  create(context) {
    return {
      CallExpression(found) {
        const { callee, arguments: given } = found as unknown as Node
        if (!isNode(callee) || callee.type !== 'MemberExpression') return
        const { object } = callee
        if (!isNode(object) || object.type !== 'CallExpression' || nameOf(object['callee']) !== 'expect') return
        const matcher = nameOf(callee['property'])
        if (matcher === 'not' || NOTHING.has(matcher) || isNothing((given as unknown[])[0])) return
        if (contains(object['arguments'], isLook)) context.report({ node: found, messageId: 'once' })
      },
    }
  },
}

export const holdfastRules = { rules: { layers, polled } }
