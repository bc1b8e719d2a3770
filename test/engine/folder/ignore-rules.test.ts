import { describe, expect, test } from 'vitest'
import { IgnoreRules } from '../../../electron/engine/folder/ignore-rules.ts'

const covers = (text: string, path: string, kind: 'file' | 'folder' = 'file') => new IgnoreRules(text).ignores(path, kind)

describe('rules are those of gitignore', () => {
  test.each([
    ['*.log', 'a.log', true],
    ['*.log', 'deep/er/a.log', true],
    ['/*.log', 'deep/a.log', false],
    ['build/', 'build/x/y', true],
    ['build/', 'build', false],
    ['**/node_modules', 'a/b/node_modules/c', true],
    ['a/**/z', 'a/b/c/z', true],
    ['a/**', 'a/b', true],
    ['*\n!keep', 'keep', false],
    ['dir/\n!dir/keep', 'dir/keep', true],
    ['# note\n\\#hash', '#hash', true],
    ['trailing   ', 'trailing', true],
    ['a?c', 'abc', true],
    ['[ab]', 'a', true],
    ['README', 'readme', false],
    ['\ufefffirst\r\nsecond\r\n', 'second', true],
    ['\ufefffirst\r\nsecond\r\n', 'first', true],
    ['.*', '.holdfastignore', false],
    ['', 'a', false],
  ])('%j and %j', (text, path, ignored) => {
    expect(covers(text, path)).toBe(ignored)
  })

  test('a folder may be named as one', () => {
    expect([covers('build/', 'build', 'folder'), covers('build/', 'sub/build', 'folder'), covers('/build/', 'sub/build', 'folder')]).toEqual([true, true, false])
  })
})

describe('rules from another device are bounded:', () => {
  test('what is refused is named by its line, the others hold', () => {
    const rules = new IgnoreRules(['*.ok', 'a/**/b/**/c', '*'.repeat(3) + '/x', 'a*b*c*d*e*f*g*h*i*j', 'x'.repeat(5_000), '*.fine'].join('\n'))
    expect(rules.refused.map(({ line }) => line)).toEqual([2, 4, 5])
    expect([rules.ignores('1.ok', 'file'), rules.ignores('1.fine', 'file'), rules.ignores('a/b/c', 'file')]).toEqual([true, true, false])
  })

  test('a file that is too long ends where it is too long', () => {
    const many = new IgnoreRules(Array.from({ length: 10_050 }, (_, index) => `name${index}`).join('\n'))
    expect(many.refused).toHaveLength(1)
    expect([many.ignores('name9999', 'file'), many.ignores('name10001', 'file')]).toEqual([true, false])
    const large = new IgnoreRules(`first\n${'#'.repeat(300 * 1024)}\nlast`)
    expect(large.refused).toHaveLength(1)
    expect([large.ignores('first', 'file'), large.ignores('last', 'file')]).toEqual([true, false])
  })

  test('no more than 256 patterns with several stars', () => {
    const rules = new IgnoreRules(Array.from({ length: 300 }, (_, index) => `*a${index}z*`).join('\n'))
    expect([rules.refused.length, rules.ignores('xa255zx', 'file'), rules.ignores('xa299z', 'file')]).toEqual([44, true, false])
  })

  test('the worst of them cost milliseconds a path, not minutes', () => {
    const worst = ['*a*a*a*a*a*a*a*b', '**/a/**/b', 'a?*?*?*?*?*?*?*b', '*/*/*/*/*/*/*/b', '[a-z]*[a-z]*[a-z]*[a-z]*1', '**/*a*a*a*a*a*b/**']
    const rules = new IgnoreRules(Array.from({ length: 256 }, (_, index) => worst[index % worst.length] ?? '').join('\n'))
    expect(rules.refused).toEqual([])
    const paths = ['a'.repeat(255), Array(120).fill('a'.repeat(30)).join('/'), Array(128).fill('a').join('/')]
    const before = process.cpuUsage()
    for (const path of paths) expect(rules.ignores(path, 'file')).toBe(false)
    const { user, system } = process.cpuUsage(before)
    const msPerPath = (user + system) / paths.length / 1_000
    // Of CPU time, a tenth of it here; the forms that are refused take seconds each.
    expect(msPerPath).toBeLessThan(1_000)
  })

  test('what was asked is not remembered for ever', () => {
    const rules = new IgnoreRules('*.tmp\n!keep.tmp')
    for (let index = 0; index < 20_000; index += 1) {
      if (rules.ignores(`f${index}.tmp`, 'file') !== true || rules.ignores('keep.tmp', 'file') !== false) expect.fail(`at ${index}`)
    }
  })
})
