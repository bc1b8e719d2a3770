import { useEffect, useRef, useState, type ReactElement } from 'react'
import { Mark } from '../../components/icon.tsx'
import { addDropped } from '../../store/actions.ts'
import { useApp, useAppState } from '../../store/app.ts'
import { t } from '../../text/messages.ts'

/** Only files and folders from outside; text that is dragged within the window stays text. */
function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}

/** The whole window takes drops, on every page. Counting enters and leaves tells when the pointer has left for good. */
export function DropOverlay(): ReactElement | null {
  const app = useApp()
  const [over, setOver] = useState(false)
  const depth = useRef(0)
  const chosen = useAppState((state) => state.draft.deviceIds.length + state.draft.addresses.length)

  useEffect(() => {
    const end = (): void => {
      depth.current = 0
      setOver(false)
    }
    const onEnter = (event: DragEvent): void => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      depth.current += 1
      setOver(true)
    }
    const onOver = (event: DragEvent): void => {
      if (!carriesFiles(event)) return
      event.preventDefault()
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
    }
    const onLeave = (event: DragEvent): void => {
      if (!carriesFiles(event)) return
      depth.current -= 1
      if (depth.current <= 0) end()
    }
    const onDrop = (event: DragEvent): void => {
      end()
      if (!carriesFiles(event) || !event.dataTransfer) return
      event.preventDefault()
      void addDropped(app, event.dataTransfer)
    }
    window.addEventListener('dragenter', onEnter)
    window.addEventListener('dragover', onOver)
    window.addEventListener('dragleave', onLeave)
    window.addEventListener('drop', onDrop)
    return () => {
      window.removeEventListener('dragenter', onEnter)
      window.removeEventListener('dragover', onOver)
      window.removeEventListener('dragleave', onLeave)
      window.removeEventListener('drop', onDrop)
    }
  }, [app])

  if (!over) return null
  return (
    <div className="drop-overlay">
      <div className="drop-overlay-card">
        <Mark size={72} />
        <p className="drop-overlay-title">{t.drop.title}</p>
        <p>{chosen > 0 ? t.drop.toDevices(chosen) : t.drop.toTray}</p>
      </div>
    </div>
  )
}
