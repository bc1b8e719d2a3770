import { readdirSync, writeFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { gateTarget, probeVolume, volumeTraits } from '../../../electron/engine/folder/volume-probe.ts'
import { receivePlace, temporaryFolder } from './place.ts'

it('agrees with what the volume does, and leaves nothing behind', () => {
  const folder = temporaryFolder()
  const traits = probeVolume(folder)
  expect(readdirSync(folder)).toEqual([])
  writeFileSync(join(folder, 'Name'), '')
  expect(traits.foldsCase).toBe(existsSync(join(folder, 'nAME')))
  writeFileSync(join(folder, '\u00e9'), '')
  expect(traits.foldsUnicode).toBe(existsSync(join(folder, 'e\u0301')))
})

it.runIf(process.platform === 'linux')('finds a Linux volume strict about names and free with characters', () => {
  const { root } = receivePlace()
  expect(volumeTraits(root)).toEqual({ foldsCase: false, foldsUnicode: false, hardLinks: true, windowsNames: false })
})

it('demands Windows names of a volume that takes no others', () => {
  const traits = { foldsCase: true, foldsUnicode: false, hardLinks: false, windowsNames: true }
  expect(gateTarget(traits).windowsNames).toBe(true)
})
