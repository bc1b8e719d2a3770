import { Notification } from 'electron'
import type { AppEvents } from '../../shared/ipc/app-contract.ts'
import type { Notice } from './notices.ts'

const MOST = 20

/** Shows notices as the system's notifications; a click leads where the notice says. */
export class Notifier {
  readonly #lead: (to: AppEvents['app:navigate']) => void
  /** Kept so that they can be replaced, and because an unreferenced one loses its click. */
  readonly #shown = new Map<string, Notification>()

  constructor(lead: (to: AppEvents['app:navigate']) => void) {
    this.#lead = lead
  }

  show({ about, title, body, leadsTo }: Notice): void {
    if (!Notification.isSupported()) return
    this.withdraw(about)
    const notification = new Notification({ title, body, silent: false })
    notification.on('click', () => {
      this.withdraw(about)
      this.#lead(leadsTo)
    })
    this.#shown.set(about, notification)
    const oldest = this.#shown.keys().next().value
    if (this.#shown.size > MOST && oldest !== undefined) this.#shown.delete(oldest)
    notification.show()
  }

  /** What it told of is over. */
  withdraw(about: string): void {
    this.#shown.get(about)?.close()
    this.#shown.delete(about)
  }
}
