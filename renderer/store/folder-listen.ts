import type { SyncFolder } from '../../shared/model/folder.ts'
import { t } from '../text/messages.ts'
import { named, unmarked } from '../text/sentence.ts'
import { notify, speak } from './actions.ts'
import type { App } from './app.ts'
import { folderAnnouncement } from './folder-announce.ts'
import * as apply from './folder-apply.ts'
import type { FoldersState } from './folder-state.ts'

/** Follows what happens to shared folders until the returned function is called. */
export function listenToFolders(app: App): () => void {
  const { store, bridge } = app
  const change = (next: (folders: FoldersState) => FoldersState): void => store.setState(({ folders }) => ({ folders: next(folders) }))
  const changed = (folder: SyncFolder): void => {
    const said = folderAnnouncement(store.getState().folders.byId[folder.id], folder)
    change((folders) => apply.applyFolder(folders, folder))
    if (said) speak(app, said.text, said.urgent)
  }
  const stops = [
    bridge.on('sync:changed', changed),
    bridge.on('sync:removed', ({ folderId }) => change((folders) => apply.applyFolderRemoved(folders, folderId))),
    bridge.on('sync:offered', (offer) => {
      const known = offer.folderId in store.getState().folders.offers
      change((folders) => apply.applyFolderOffer(folders, offer))
      if (known) return
      const words = t.folders.offers.arrived(unmarked(named(offer.deviceName)), unmarked(named(offer.name)))
      // Who looks at the page sees it there; a word in the corner would only be in the way.
      if (store.getState().page === 'folders') speak(app, words)
      else notify(app, 'info', words)
    }),
    bridge.on('sync:offer-removed', ({ folderId }) => change((folders) => apply.applyFolderOfferRemoved(folders, folderId))),
  ]
  return () => stops.forEach((stop) => stop())
}
