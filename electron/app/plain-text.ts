const MAX_CHARACTERS = 80

/** Controls, line ends and what turns the direction of text around, as in the Trojan Source paper. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * A stranger's text for a place of the system's own: notifications, native dialogs, menus, the tray. One short line, and no
 * markup: some Linux desktops read it in notifications, and `&` marks a letter in menus.
 */
export function plainText(text: string): string {
  const seen = text.replace(UNSEEN, '\uFFFD').replaceAll('<', '‹').replaceAll('>', '›').replaceAll('&', '＆')
  const characters = [...seen]
  return characters.length > MAX_CHARACTERS ? `${characters.slice(0, MAX_CHARACTERS - 1).join('')}…` : seen
}
