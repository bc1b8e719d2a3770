/** A program's line in the autostart folder, as the Desktop Entry and Autostart specifications of freedesktop.org say. */
export function autostartEntry(executable: string, args: readonly string[]): string {
  const words = [executable, ...args].map(quoted).join(' ')
  return ['[Desktop Entry]', 'Type=Application', 'Name=Holdfast', `Exec=${words}`, 'Icon=holdfast', 'Terminal=false', 'X-GNOME-Autostart-enabled=true', ''].join('\n')
}

/** Exec's quoting, and then the quoting of a string value: a backslash is written four times. */
function quoted(word: string): string {
  const exec = `"${word.replace(/["`$\\]/g, (character) => `\\${character}`).replaceAll('%', '%%')}"`
  return exec.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
