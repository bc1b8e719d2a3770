import type { ReactElement } from 'react'
import { useAppState } from '../../store/app.ts'
import { FolderDetail } from './folder-detail.tsx'
import { FolderList } from './folder-list.tsx'

export function FoldersPage(): ReactElement {
  const folder = useAppState(({ folders }) => (folders.openId === null ? undefined : folders.byId[folders.openId]))
  return folder ? <FolderDetail key={folder.id} folder={folder} /> : <FolderList />
}
