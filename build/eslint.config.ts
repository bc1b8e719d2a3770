import { fileURLToPath } from 'node:url'
import type { Linter } from 'eslint'
import tseslint from 'typescript-eslint'
import { holdfastRules } from './lint-rules.ts'

/** Mistakes only: what the compiler cannot see and what the architecture forbids. Style is in nobody's way. */
const mistakes: Linter.RulesRecord = {
  'holdfast/layers': 'error',

  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
  '@typescript-eslint/only-throw-error': 'error',
  '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-unsafe-argument': 'error',
  '@typescript-eslint/no-unsafe-assignment': 'error',
  '@typescript-eslint/no-unsafe-call': 'error',
  '@typescript-eslint/no-unsafe-member-access': 'error',
  '@typescript-eslint/no-unsafe-return': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
  '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
  '@typescript-eslint/no-import-type-side-effects': 'error',
  '@typescript-eslint/no-for-in-array': 'error',
  '@typescript-eslint/no-base-to-string': 'error',
  '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],

  eqeqeq: 'error',
  'no-constant-binary-expression': 'error',
  'no-control-regex': 'error',
  'no-debugger': 'error',
  'no-eval': 'error',
  'no-self-compare': 'error',
  'no-unreachable-loop': 'error',
  'no-unsafe-finally': 'error',
  'no-unused-private-class-members': 'error',
  'no-useless-catch': 'error',
  'no-var': 'error',
  'prefer-const': ['error', { destructuring: 'all' }],
  'use-isnan': 'error',

  'max-lines': ['error', { max: 400 }],
  'no-restricted-syntax': [
    'error',
    { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
    { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that has it.' },
  ],
}

/** Tests take liberties with what they parse and fake; a promise nobody awaits is still a bug. */
const liberties: Linter.RulesRecord = {
  '@typescript-eslint/no-unsafe-argument': 'off',
  '@typescript-eslint/no-unsafe-assignment': 'off',
  '@typescript-eslint/no-unsafe-call': 'off',
  '@typescript-eslint/no-unsafe-member-access': 'off',
  '@typescript-eslint/no-unsafe-return': 'off',
  'no-control-regex': 'off',
  'max-lines': 'off',
}

const config: Linter.Config[] = [
  { ignores: ['out/', 'node_modules/', 'release/', 'coverage/', 'screenshots/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parser: tseslint.parser as Linter.Parser,
      parserOptions: { projectService: true, tsconfigRootDir: fileURLToPath(new URL('..', import.meta.url)) },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': tseslint.plugin as never, holdfast: holdfastRules },
    rules: mistakes,
  },
  { files: ['test/**'], rules: liberties },
  { files: ['test/renderer/*.ts', 'test/e2e/**'], rules: { 'holdfast/polled': 'error' } },
  { files: ['build/*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
]

export default config
