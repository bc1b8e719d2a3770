import { Linter } from 'eslint'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import tseslint from 'typescript-eslint'
import { describe, expect, test } from 'vitest'
import { checkImport, LAYERS, PACKAGE_OWNERS } from '../../build/layers.ts'
import { holdfastRules } from '../../build/lint-rules.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the table', () => {
  test.each([
    ['shared/model/device.ts', './settings.ts'],
    ['electron/engine/session/session.ts', '../net/transport.ts'],
    ['electron/engine/transfer/sender.ts', '../../../shared/errors.ts'],
    ['electron/engine/engine.ts', './sync/sync.ts'],
    ['electron/engine/host/engine-worker.ts', '../engine.ts'],
    ['electron/headless/main.ts', '../cli/send.ts'],
    ['electron/main/main.ts', 'electron'],
    ['renderer/features/send/send-page.tsx', 'react'],
    ['electron/engine/util/digest.ts', 'node:crypto'],
    ['test/engine/session/session.test.ts', '../../../electron/main/main.ts'],
  ])('%s may import %s', (file, specifier) => {
    expect(checkImport(file, specifier)).toBeNull()
  })

  test.each([
    ['shared/errors.ts', '../electron/engine/util/clock.ts', 'shared may not import electron/engine/util'],
    ['shared/errors.ts', 'node:fs', 'shared is pure and may not import node:fs'],
    ['electron/engine/protocol/frame.ts', 'node:buffer', 'electron/engine/protocol is pure and may not import node:buffer'],
    ['electron/engine/util/clock.ts', '../net/dial.ts', 'electron/engine/util may not import electron/engine/net'],
    ['electron/engine/net/dial.ts', '../session/session.ts', 'electron/engine/net may not import electron/engine/session'],
    ['electron/engine/transfer/sender.ts', '../engine.ts', 'electron/engine/transfer may not import electron/engine'],
    ['electron/engine/engine.ts', '../ipc/route.ts', 'electron/engine may not import electron/ipc'],
    ['electron/cli/send.ts', '../engine/journal/journal.ts', 'electron/cli may not import electron/engine/journal'],
    ['electron/headless/main.ts', '../app/window.ts', 'electron/headless may not import electron/app'],
    ['electron/engine/engine.ts', 'electron', 'only electron/app, electron/ipc, electron/main, electron/preload may import electron'],
    ['electron/engine/sync/sync.ts', 'react-dom/client', 'only renderer may import react-dom'],
    ['renderer/bridge.ts', '../electron/engine/engine.ts', 'renderer may not import electron/engine'],
    ['renderer/bridge.ts', 'node:path', 'renderer is page and may not import node:path'],
    ['renderer/bridge.ts', '../build/layers.ts', 'renderer may not import build/layers.ts'],
    ['electron/stray.ts', './x.ts', 'electron/stray.ts is in no layer of build/layers.ts: give its folder a row'],
  ])('%s may not import %s', (file, specifier, problem) => {
    expect(checkImport(file, specifier)).toBe(problem)
  })

  test('names only layers, has no cycle, and every layer is type-checked by a project', () => {
    const folders = LAYERS.map((layer) => layer.folder)
    expect(new Set(folders).size).toBe(folders.length)
    const settled = new Set<string>()
    for (const layer of LAYERS) {
      for (const folder of layer.imports) if (folder !== layer.folder) expect([...settled], `${layer.folder} imports ${folder}`).toContain(folder)
      settled.add(layer.folder)
      const owners = folders.filter((folder) => layer.folder === folder || layer.folder.startsWith(`${folder}/`))
      expect(owners.some((folder) => existsSync(`${root}${folder}/tsconfig.json`)), layer.folder).toBe(true)
    }
    for (const owners of Object.values(PACKAGE_OWNERS)) for (const owner of owners) expect(folders).toContain(owner)
  })
})

describe('the lint rule', () => {
  const lint = (file: string, code: string) =>
    new Linter({ cwd: root }).verify(
      code,
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser as Linter.Parser },
        plugins: { holdfast: holdfastRules },
        rules: { 'holdfast/layers': 'error' },
      },
      `${root}${file}`,
    )

  test.each([
    "import { engine } from '../engine/engine.ts'",
    "import type { Engine } from '../engine/engine.ts'",
    "export { engine } from '../engine/engine.ts'",
    "export * from '../engine/engine.ts'",
    "const engine = await import('../engine/engine.ts')",
    "export type Engine = import('../engine/engine.ts').Engine",
  ])('fires on: %s', (code) => {
    expect(lint('electron/preload/preload.ts', code).map((message) => message.message)).toEqual([
      'electron/preload may not import electron/engine',
    ])
  })

  test('is silent about what the table allows', () => {
    expect(lint('electron/preload/preload.ts', "import { ipcRenderer } from 'electron'\nexport { ipcRenderer }")).toEqual([])
  })
})
