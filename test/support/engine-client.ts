import type { EngineClient, EventName, Events } from '../../shared/ipc/contract.ts'
import type { Request, Transfer } from '../../shared/model/transfer.ts'
import { connectEngine } from '../../electron/engine/host/channel.ts'
import { StreamPipe } from '../../electron/engine/host/stream-pipe.ts'
import { connectLocal } from '../../electron/engine/net/local-socket.ts'
import { hangGuard } from './hang-guard.ts'

const HANG_MS = 60_000

/** A client of the engine that runs on a home, as the command line and the app are: for what a test has to wait for there. */
export class TestClient {
  readonly #client: EngineClient

  private constructor(client: EngineClient) {
    this.#client = client
  }

  static async connect(home: string): Promise<TestClient> {
    return new TestClient(connectEngine(new StreamPipe(await connectLocal(home))))
  }

  get call(): EngineClient['call'] {
    return (command, args) => this.#client.call(command, args)
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  /** The first transfer that fits: of those there are, and as they change. */
  async transfer(fits: (transfer: Transfer) => boolean, what: string): Promise<Transfer> {
    return this.#first('transfer:changed', async () => (await this.call('transfer:list', { offset: 0, limit: 100 })).items, fits, what)
  }

  /** The first open request. */
  async request(): Promise<Request> {
    return this.#first('request:changed', () => this.call('request:list', {}), () => true, 'a request')
  }

  /** Whether discovery sees that device; false when it does not within the time, as where there is no multicast. */
  async nearby(deviceId: string, timeoutMs: number): Promise<boolean> {
    const seen = this.#first('device:changed', () => this.call('device:list', {}), (one) => one.id === deviceId && one.nearby, 'the device', timeoutMs)
    return seen.then(() => true, () => false)
  }

  async #first<E extends EventName>(
    event: E,
    list: () => Promise<readonly Events[E][]>,
    fits: (item: Events[E]) => boolean,
    what: string,
    timeoutMs = HANG_MS,
  ): Promise<Events[E]> {
    const seen: string[] = []
    let stop: () => void = () => undefined
    const found = new Promise<Events[E]>((resolve, reject) => {
      const look = (item: Events[E]) => {
        seen.push(JSON.stringify(item))
        if (fits(item)) resolve(item)
      }
      stop = this.#client.on(event, look)
      list().then((items) => items.forEach(look), reject)
      this.#client.closed.then(() => reject(new Error(`the engine has closed while waiting for ${what}`)), reject)
    })
    try {
      return await hangGuard(found, timeoutMs, what, () => seen.slice(-10).join('\n'))
    } finally {
      stop()
    }
  }
}
