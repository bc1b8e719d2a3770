import type { ComponentType } from 'react'
import type { AppPage } from '../../../shared/ipc/app-contract.ts'
import type { IconName } from '../../components/icon.tsx'
import { DevicesPage } from '../devices/devices-page.tsx'
import { FoldersPage } from '../folders/folders-page.tsx'
import { ReceivedPage } from '../received/received-page.tsx'
import { SendPage } from '../send/send-page.tsx'
import { SettingsPage } from '../settings/settings-page.tsx'
import { TransfersPage } from '../transfers/transfers-page.tsx'

export interface PageEntry {
  readonly id: AppPage
  readonly icon: IconName
  readonly view: ComponentType
}

/** The pages in the order of the navigation and of their shortcuts. Another page is another line here and in `AppPage`. */
export const PAGES: readonly PageEntry[] = [
  { id: 'send', icon: 'send', view: SendPage },
  { id: 'transfers', icon: 'transfers', view: TransfersPage },
  { id: 'received', icon: 'received', view: ReceivedPage },
  { id: 'folders', icon: 'folder', view: FoldersPage },
  { id: 'devices', icon: 'devices', view: DevicesPage },
  { id: 'settings', icon: 'settings', view: SettingsPage },
]
