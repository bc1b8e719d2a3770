import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from '../../components/icon.tsx'
import { Name } from '../../components/name.tsx'
import { splitPath } from '../../text/visible-text.ts'

interface Props {
  readonly path: string
  readonly icon?: IconName
  /** Instead of the folder it is in. */
  readonly children?: ReactNode
}

/** A file of a folder: its name, and below it where it is or what else is to be said. */
export function FileCell({ path, icon = 'file', children }: Props): ReactElement {
  const { folder, name } = splitPath(path)
  return (
    <span role="gridcell" className="file-name">
      <Icon name={icon} size={18} />
      <span className="file-name-words">
        <Name text={name} />
        {(children ?? folder) && <span className="file-folder">{children ?? <Name text={folder} />}</span>}
      </span>
    </span>
  )
}
