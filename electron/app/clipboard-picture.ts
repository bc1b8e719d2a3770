import { clipboard } from 'electron'

const PNG = 'image/png'

/** Electron before its clipboard became asynchronous. */
interface OlderClipboard {
  readImage(): { isEmpty(): boolean; toPNG(): Uint8Array }
}

/** The clipboard's picture as PNG; null when it holds none. */
export async function clipboardPicture(): Promise<Uint8Array | null> {
  if ('readImage' in clipboard) {
    const image = (clipboard as unknown as OlderClipboard).readImage()
    return image.isEmpty() ? null : image.toPNG()
  }
  for (const item of await clipboard.read()) {
    if (item.types.includes(PNG)) return new Uint8Array(await (await item.getType('image/png')).arrayBuffer())
  }
  return null
}
