/**
 * How a text or link travels: as a small UTF-8 file of its own at the top of a send, whose name says what it is, e.g.
 * `Message 2026-03-01 14.05.09.txt`. A receiver that knows the convention shows the text; any other has an ordinary file.
 * Nothing is believed of the name but that the file may be read as text and shown.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024

const MESSAGE_NAME = /^Message \d{4}-\d{2}-\d{2} \d{2}\.\d{2}\.\d{2}( \(\d{1,6}\))?\.txt$/

/** `stamp` as of `fileStamp`. */
export function messageFileName(stamp: string): string {
  return `Message ${stamp}.txt`
}

/** @param path relative to the receive folder: a file inside a folder that was sent is never a message. */
export function isMessageFile(path: string, sizeBytes: number): boolean {
  return sizeBytes <= MAX_MESSAGE_BYTES && MESSAGE_NAME.test(path)
}

/** A moment in a file's name, in this machine's time zone: `2026-03-01 14.05.09`. */
export function fileStamp(nowMs: number): string {
  const date = new Date(nowMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}.${two(date.getMinutes())}.${two(date.getSeconds())}`
}
