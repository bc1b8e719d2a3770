import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cacheFolder } from '../../../electron/engine/util/cache-folder.ts'
import { DesktopApp } from '../../support/desktop-app.ts'
import { hangGuard } from '../../support/hang-guard.ts'
import { HoldfastProcess } from '../../support/holdfast-process.ts'
import { dropFiles, userEnvironment } from '../../support/page-driving.ts'
import { openDisplay, type Display } from '../../support/require-display.ts'
import { stageApp, type StagedApp } from '../../support/stage-app.ts'
import { openPage, shows } from '../page-steps.ts'

const staged = await stageApp()
const why = 'missing' in staged ? ` (${staged.missing})` : ''
const SECONDS = 1000

describe.skipIf('missing' in staged)(`the desktop app${why}`, { timeout: 150 * SECONDS }, () => {
  const runtime = staged as StagedApp
  let root: string
  let display: Display
  let app: DesktopApp | undefined

  const launch = async (userHome = join(root, 'user'), args: readonly string[] = []): Promise<DesktopApp> => {
    app = await DesktopApp.launch(runtime, { userHome, environment: display.environment, args })
    return app
  }
  const isVisible = (one: DesktopApp): Promise<boolean> =>
    one.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((window) => window.isVisible()))

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'holdfast-desktop-'))
    display = await openDisplay()
  }, 150 * SECONDS)

  afterEach(async () => {
    await app?.close()
    app = undefined
  })

  afterAll(async () => {
    await display?.close()
    await rm(root, { recursive: true, force: true, maxRetries: 3 })
    await runtime.remove()
  }, 150 * SECONDS)

  test('gives the page nothing but the bridge', async () => {
    const { page, electron, complaints } = await launch()
    const seen = await page.evaluate(async () => {
      const scope = globalThis as unknown as Record<string, unknown>
      const tried = async (work: () => unknown): Promise<string> => {
        try {
          await work()
          return 'worked'
        } catch (error) {
          return (error as Error).name
        }
      }
      return {
        node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer'].filter((name) => scope[name] !== undefined),
        bridge: Object.keys(scope['holdfast'] as object).sort(),
        opened: window.open('https://example.org/') === null,
        fetched: await tried(() => fetch('https://example.org/')),
        local: await tried(() => fetch('file:///etc/passwd')),
        // By a timer: what a debugger evaluates may evaluate more.
        evaluated: await new Promise((resolve) => setTimeout(() => resolve(tried(() => new Function('return 1')())), 0)),
        microphone: await tried(() => navigator.mediaDevices.getUserMedia({ audio: true })),
      }
    })
    expect(seen).toEqual({
      node: [],
      bridge: ['addDropped', 'call', 'on'],
      opened: true,
      fetched: 'TypeError',
      local: 'TypeError',
      evaluated: 'EvalError',
      microphone: expect.stringMatching(/^(NotAllowedError|NotFoundError|TypeError)$/) as string,
    })
    const injected = await page.evaluate(() => {
      const script = document.createElement('script')
      try {
        script.textContent = 'globalThis.injected = true'
      } catch {
        return 'refused'
      }
      document.body.append(script)
      return String((globalThis as { injected?: boolean }).injected)
    })
    expect(injected).toMatch(/^(undefined|refused)$/)
    // Each attempt comes to its end, in the main process or in the page, before it is looked where the page is.
    await electron.evaluate(({ webContents }) => {
      const tried: string[] = []
      Object.assign(globalThis, { tried })
      webContents.getAllWebContents()[0]?.on('will-navigate', ({ url }) => tried.push(url))
    })
    const ended = async (): Promise<string> => JSON.stringify([await electron.evaluate(() => (globalThis as unknown as { tried: string[] }).tried), complaints])
    for (const target of ['https://example.org/', 'file:///etc/passwd']) {
      await page.evaluate((url) => {
        location.href = url
      }, target)
      await expect.poll(ended).toContain(target)
    }
    expect(page.url()).toBe('app://holdfast/index.html')
    const preferences = await electron.evaluate(({ webContents }) => {
      const [contents] = webContents.getAllWebContents()
      return (contents as unknown as { getLastWebPreferences(): Record<string, unknown> }).getLastWebPreferences()
    })
    expect(preferences).toMatchObject({ contextIsolation: true, sandbox: true, nodeIntegration: false, webSecurity: true, webviewTag: false })
  })

  test('names no path that was not dropped', async () => {
    const { page } = await launch()
    const replies = await page.evaluate(async () => {
      const { addDropped } = (globalThis as unknown as { holdfast: { addDropped(files: unknown): Promise<{ ok: boolean }> } }).holdfast
      const tries: unknown[] = [['/etc/passwd'], [{ path: '/etc/passwd', name: 'x' }], '/etc/passwd', null, [new File(['x'], '/etc/passwd')], [new Blob(['x'])]]
      return await Promise.all(tries.map((files) => addDropped(files).then(({ ok }) => ok, () => false)))
    })
    expect(replies).toEqual([false, false, false, false, false, false])
    await shows(page, 'Drop files and folders here')
  })

  test('takes hostile and unreadable drops as what they are', async () => {
    const { page, complaints } = await launch()
    const hostile = join(root, '<img src=x onerror=alert(1)>\u202Etxt.exe')
    await writeFile(hostile, 'x')
    await dropFiles(page, [hostile, join(root, 'never-there')])
    await shows(page, /<img src=x onerror=alert\(1\)>/)
    await shows(page.getByRole('row', { name: 'never-there' }), /./)
    expect(await page.locator('img[src=x]').count()).toBe(0)
    expect(complaints).toEqual([])
  })

  test('stays in the tray when its window is closed; a second start shows it and hands over what to send', async () => {
    const one = await launch()
    await one.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
    await expect.poll(() => isVisible(one)).toBe(false)
    expect((await one.call('engine:status', {})).listening).not.toBeNull()
    const file = join(root, 'handed over.txt')
    await writeFile(file, 'x')
    const second = spawn(runtime.executable, [...runtime.args, '--no-sandbox', file], {
      env: { ...process.env, ...display.environment, ...userEnvironment(one.userHome) },
      stdio: 'ignore',
    })
    const [code] = (await hangGuard(once(second, 'exit'), 60 * SECONDS, 'the second start to end', () => one.log)) as [number]
    expect(code).toBe(0)
    await expect.poll(() => isVisible(one)).toBe(true)
    await shows(one.page.getByRole('grid', { name: 'On the tray' }), 'handed over.txt')
  })

  test('is one device with the command line, whichever was first', async () => {
    const userHome = join(root, 'shared')
    const home = userEnvironment(userHome)['HOLDFAST_HOME'] ?? ''
    const receiver = new HoldfastProcess(['receive', '--home', home, '--json', '--no-discovery', '--dir', join(userHome, 'in'), '--listen', '127.0.0.1:0'])
    await receiver.waitFor('listening')
    const one = await launch(userHome)
    expect((await one.call('engine:status', {})).pid).toBe(receiver.pid)
    await receiver.interrupt()
    await expect.poll(() => one.call('engine:status', {}).then(({ pid }) => pid, () => 0)).toBe(one.process.pid)
    const status = new HoldfastProcess(['status', '--home', home, '--json'])
    await status.expectExit(0)
    expect(JSON.stringify(status.events)).toContain((await one.call('engine:status', {})).deviceId)
  })

  test('asks before it quits in the middle of something, and remembers its theme and place', async () => {
    const userHome = join(root, 'quits')
    const one = await launch(userHome)
    await openPage(one.page, 'Settings')
    await one.page.getByText('Dark', { exact: true }).click()
    await expect.poll(() => one.electron.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe('dark')
    await one.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setBounds({ x: 30, y: 40, width: 900, height: 640 }))
    await writeFile(join(root, 'long.bin'), 'x')
    const [source] = await (async () => {
      await dropFiles(one.page, [join(root, 'long.bin')])
      await expect.poll(() => one.call('source:list', {})).toHaveLength(1)
      return await one.call('source:list', {})
    })()
    // Nobody listens there: the send waits for a connection, for as long as it takes.
    const nowhere = { kind: 'address', host: '127.0.0.1', port: 1 } as const
    await one.call('send:start', { sourceIds: [source?.sourceId ?? ''], targets: [nowhere], trust: { kind: 'first-use' } })
    await one.electron.evaluate(({ dialog }) => {
      const asked: string[] = []
      Object.assign(globalThis, { asked })
      dialog.showMessageBox = ((options: { message: string; detail: string }) => {
        asked.push(`${options.message} ${options.detail}`)
        return Promise.resolve({ response: 0, checkboxChecked: false })
      }) as never
    })
    await one.electron.evaluate(({ app: electronApp }) => electronApp.quit())
    const asked = (): Promise<string[]> => one.electron.evaluate(() => (globalThis as unknown as { asked: string[] }).asked)
    await expect.poll(asked).toHaveLength(1)
    expect((await asked())[0]).toMatch(/One transfer is not finished.*long\.bin to 127\.0\.0\.1:1/s)
    expect((await one.call('engine:status', {})).waitingTransfers).toBe(1)
    await one.close()
    expect(one.process.exitCode).toBe(0)
    // Compiled code of the engine, for the next start.
    expect((await stat(join(cacheFolder({ env: userEnvironment(userHome), platform: process.platform, userHome }) ?? '', `electron-${process.arch}`, 'engine-worker.engine'))).size).toBeGreaterThan(100_000)

    const again = await launch(userHome)
    await expect.poll(() => again.electron.evaluate(({ BrowserWindow, nativeTheme }) => [BrowserWindow.getAllWindows()[0]?.getBounds(), nativeTheme.themeSource])).toEqual([
      { x: 30, y: 40, width: 900, height: 640 },
      'dark',
    ])
    expect((await again.call('transfer:list', { offset: 0, limit: 5, ended: false })).items).toMatchObject([{ roots: ['long.bin'] }])
  })

  test("sends the clipboard's picture, and a text", async () => {
    const one = await launch(join(root, 'clipboard'))
    await one.electron.evaluate(({ clipboard, nativeImage }) => {
      const picture = nativeImage.createFromBitmap(Buffer.alloc(16 * 16 * 4, 200), { width: 16, height: 16 })
      ;(clipboard as unknown as { writeImage(image: unknown): void }).writeImage(picture)
    })
    await one.page.getByRole('button', { name: 'Clipboard picture' }).click()
    await shows(one.page.getByRole('grid', { name: 'On the tray' }), /^Picture .*\.png$/)
    await one.page.getByRole('button', { name: 'Text or link…' }).click()
    await one.page.getByRole('dialog').getByRole('textbox').fill('https://example.org/')
    await one.page.getByRole('button', { name: 'Put on the tray' }).click()
    await shows(one.page.getByRole('grid', { name: 'On the tray' }), 'https://example.org/')
  })
})
