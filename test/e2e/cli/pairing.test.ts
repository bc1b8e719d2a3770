import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { TestClient } from '../../support/engine-client.ts'
import { Lab } from '../../support/processes.ts'

const GUARD_MS = 120_000
const DEVICE_ID = /^[A-Z2-7]{4}(-[A-Z2-7]{4}){12}$/

let lab: Lab
beforeEach(() => {
  lab = new Lab()
})
afterEach(() => lab.close())

async function sourceFile(content = 'hello'): Promise<string> {
  const path = join(await lab.folder('source'), 'file.txt')
  writeFileSync(path, content)
  return path
}

describe('pairing between two terminals', { timeout: GUARD_MS }, () => {
  it('shows the same six digits on both, and both must say yes', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
    const pairing = lab.run(lab.path('a'), ['pair', receiver.address])
    const [there, here] = await Promise.all([receiver.process.waitFor('pairing'), pairing.waitFor('pairing')])
    expect(here['code']).toMatch(/^\d{6}$/)
    expect(there['code']).toBe(here['code'])
    expect(here).toMatchObject({ role: 'initiator', deviceId: receiver.deviceId })
    expect(there).toMatchObject({ role: 'responder', deviceId: expect.stringMatching(DEVICE_ID) as string })
    receiver.process.writeLine('yes')
    const client = await TestClient.connect(lab.path('b'))
    onTestFinished(() => client.close())
    await expect.poll(async () => (await client.call('pairing:list', {})).map(({ state }) => state.kind)).toEqual(['confirmed-here'])
    expect(pairing.running).toBe(true)
    expect((await client.call('device:list', {})).filter(({ trust }) => trust === 'paired')).toEqual([])
    pairing.writeLine('yes')
    await pairing.expectExit(0)

    const devices = lab.run(lab.path('b'), ['devices'])
    await devices.expectExit(0)
    expect(devices.eventsOf('device')).toMatchObject([{ deviceId: there['deviceId'], trust: 'paired', policy: { accept: 'always' } }])
    const others = lab.run(lab.path('a'), ['devices'])
    await others.expectExit(0)
    expect(others.eventsOf('device')).toMatchObject([{ deviceId: receiver.deviceId, trust: 'paired' }])
  })

  it('then sends without asking, by address, by id and by name, in both directions', async () => {
    const { firstId, secondId } = await lab.pairHomes(lab.path('b'), lab.path('a'))
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
    const file = await sourceFile()
    await lab.run(lab.path('a'), ['send', file, '--to', receiver.address]).expectExit(0)
    expect(readFileSync(join(receiver.folder, 'file.txt'), 'utf8')).toBe('hello')
    // It listens at another port now; what was dialled last is remembered.
    writeFileSync(file, 'by id')
    await lab.run(lab.path('a'), ['send', file, '--to', firstId]).expectExit(0)
    expect(readFileSync(join(receiver.folder, 'file (2).txt'), 'utf8')).toBe('by id')

    const list = lab.run(lab.path('a'), ['devices'])
    await list.expectExit(0)
    const name = list.eventsOf('device')[0]?.['name'] as string
    writeFileSync(file, 'by name')
    await lab.run(lab.path('a'), ['send', file, '--to', name]).expectExit(0)
    expect(readFileSync(join(receiver.folder, 'file (3).txt'), 'utf8')).toBe('by name')
    await receiver.process.expectInterrupt(0)

    const back = await lab.receive(lab.path('a'), await lab.folder('back'))
    expect(back.deviceId).toBe(secondId)
    await lab.run(lab.path('b'), ['send', file, '--to', back.address]).expectExit(0)
    expect(readFileSync(join(back.folder, 'file.txt'), 'utf8')).toBe('by name')
  })

  it.each(['initiator', 'responder'])('refused by the %s pairs nobody', async (who) => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
    const pairing = lab.run(lab.path('a'), ['pair', receiver.address])
    await Promise.all([receiver.process.waitFor('pairing'), pairing.waitFor('pairing')])
    if (who === 'initiator') {
      receiver.process.writeLine('yes')
      pairing.writeLine('no')
    } else {
      pairing.writeLine('yes')
      receiver.process.writeLine('no')
    }
    await pairing.expectExit(3)
    expect(pairing.eventsOf('error')).toMatchObject([{ code: 'PAIRING_REFUSED' }])
    for (const home of ['a', 'b']) {
      const devices = lab.run(lab.path(home), ['devices'])
      await devices.expectExit(0)
      expect(devices.eventsOf('device')).toEqual([])
    }
  })

  it('can be answered by another command on the same home', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
    const pairing = lab.run(lab.path('a'), ['pair', receiver.address])
    const [there] = await Promise.all([receiver.process.waitFor('pairing'), pairing.waitFor('pairing')])
    const requests = lab.run(lab.path('b'), ['requests'])
    await requests.expectExit(0)
    expect(requests.eventsOf('pairing')).toMatchObject([{ code: there['code'], pairingId: there['pairingId'] }])
    await lab.run(lab.path('b'), ['accept', String(there['pairingId'])]).expectExit(0)
    pairing.writeLine('yes')
    await pairing.expectExit(0)
  })

  it('one at a time: a second device is told to wait', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
    const first = lab.run(lab.path('a'), ['pair', receiver.address])
    await first.waitFor('pairing')
    const second = lab.run(lab.path('c'), ['pair', receiver.address])
    await second.expectExit(3)
    expect(second.eventsOf('error')).toMatchObject([{ code: 'PAIRING_BUSY' }])
    expect(first.running).toBe(true)
  })

  it('ends with the other side: a killed initiator leaves no question open', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
    const pairing = lab.run(lab.path('a'), ['pair', receiver.address])
    await Promise.all([receiver.process.waitFor('pairing'), pairing.waitFor('pairing')])
    await pairing.killHard()
    const again = lab.run(lab.path('c'), ['pair', receiver.address])
    const shown = await again.waitFor('pairing')
    const there = await receiver.process.waitFor((event) => event.event === 'pairing' && event['code'] === shown['code'])
    expect(there).toMatchObject({ role: 'responder' })
  })

  it('with nobody there fails at once and says so', async () => {
    const pairing = lab.run(lab.path('a'), ['pair', '127.0.0.1:9'])
    await pairing.expectExit(1)
    expect(pairing.eventsOf('error')).toMatchObject([{ code: 'NET_REFUSED' }])
  })
})

describe('forgetting a device', { timeout: GUARD_MS }, () => {
  it('makes it a stranger again', async () => {
    const { firstId, secondId } = await lab.pairHomes(lab.path('b'), lab.path('a'))
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'))
    await lab.run(lab.path('b'), ['forget', secondId]).expectExit(0)
    const send = lab.run(lab.path('a'), ['send', await sourceFile(), '--to', receiver.address, '--give-up-after', '600'])
    // It may only ask now.
    const requests = async () => {
      const list = lab.run(lab.path('b'), ['requests'])
      await list.expectExit(0)
      return list.eventsOf('request')
    }
    let open = await requests()
    while (open.length === 0) open = await requests()
    expect(open).toMatchObject([{ kind: 'transfer', paired: false, deviceId: secondId }])
    await lab.run(lab.path('b'), ['refuse', String(open[0]?.['requestId'])]).expectExit(0)
    await send.expectExit(3)
    expect(existsSync(join(receiver.folder, 'file.txt'))).toBe(false)

    await lab.run(lab.path('a'), ['forget', firstId]).expectExit(0)
    const unknown = lab.run(lab.path('a'), ['send', await sourceFile(), '--to', firstId])
    await unknown.expectExit(3)
    expect(unknown.eventsOf('error')).toMatchObject([{ code: 'DEVICE_UNKNOWN' }])
  })

  it('that nobody knows is an error', async () => {
    const forget = lab.run(lab.path('a'), ['forget', 'nobody'])
    await forget.expectExit(3)
    expect(forget.eventsOf('error')).toMatchObject([{ code: 'DEVICE_UNKNOWN' }])
  })
})

describe('a key for sending only', { timeout: GUARD_MS }, () => {
  it('--trust with the right id sends without pairing, and pins', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    await lab.run(lab.path('a'), ['send', await sourceFile(), '--to', receiver.address, '--trust', receiver.deviceId]).expectExit(0)
    const devices = lab.run(lab.path('a'), ['devices'])
    await devices.expectExit(0)
    expect(devices.eventsOf('device')).toMatchObject([{ deviceId: receiver.deviceId, trust: 'pinned' }])
    // Pinned: no option needed any more.
    await lab.run(lab.path('a'), ['send', await sourceFile('more'), '--to', receiver.address]).expectExit(0)
  })

  it('--trust with another id sends nothing', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    const other = await lab.receive(lab.path('c'), await lab.folder('in'))
    const send = lab.run(lab.path('a'), ['send', await sourceFile(), '--to', receiver.address, '--trust', other.deviceId])
    await send.expectExit(3)
    const [error] = send.eventsOf('error')
    expect(error).toMatchObject({ code: 'TRUST_KEY_MISMATCH' })
    expect(error?.['message']).toContain(receiver.deviceId)
    expect(error?.['message']).toMatch(/Nothing was sent/)
    expect(existsSync(join(receiver.folder, 'file.txt'))).toBe(false)
  })

  it('without any option an unknown key is refused, with its id and what to do', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    const send = lab.run(lab.path('a'), ['send', await sourceFile(), '--to', receiver.address])
    await send.expectExit(3)
    const [error] = send.eventsOf('error')
    expect(error).toMatchObject({ code: 'TRUST_UNKNOWN_KEY' })
    expect(error?.['message']).toContain(`--trust ${receiver.deviceId}`)
    expect(error?.['message']).toMatch(/holdfast pair/)
  })

  it('a key that has changed is an alarm, also with --trust-first-use, and nothing is sent', async () => {
    const receiver = await lab.receive(lab.path('b'), await lab.folder('in'), ['--accept', 'anyone'])
    await lab.run(lab.path('a'), ['send', await sourceFile(), '--to', receiver.address, '--trust-first-use']).expectExit(0)
    await receiver.process.expectInterrupt(0)
    const impostor = await lab.receive(lab.path('c'), await lab.folder('in'), ['--accept', 'anyone'], receiver.port)
    for (const more of [[], ['--trust-first-use']]) {
      const send = lab.run(lab.path('a'), ['send', await sourceFile('secret'), '--to', receiver.address, ...more])
      await send.expectExit(3)
      const [error] = send.eventsOf('error')
      expect(error).toMatchObject({ code: 'TRUST_KEY_CHANGED' })
      expect(error?.['message']).toMatch(/holdfast forget/)
    }
    expect(existsSync(join(impostor.folder, 'file.txt'))).toBe(false)
    const devices = lab.run(lab.path('a'), ['devices'])
    await devices.expectExit(0)
    expect(devices.eventsOf('device')).toHaveLength(1)
  })
})
