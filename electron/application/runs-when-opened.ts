import { extname } from 'node:path'

/** What some desktop runs, installs or mounts when it is opened, rather than shows. */
const RUNS = new Set(
  (
    'exe com bat cmd ps1 psm1 psd1 vbs vbe js jse ws wsf wsh wsc sct msi msp mst msc cpl scr pif gadget application ' +
    'appref-ms hta hlp chm inf reg lnk url scf library-ms settingcontent-ms diagcab jar jnlp dll ocx sys xll iso img vhd ' +
    'vhdx app command tool action workflow pkg mpkg dmg terminal fileloc inetloc webloc prefpane scpt scptd applescript ' +
    'desktop appimage deb rpm snap flatpak flatpakref run sh bash zsh csh ksh fish py pyc pyw rb pl php bin elf'
  ).split(' '),
)

/** By its name alone, for that is what desktops go by. */
export function runsWhenOpened(path: string): boolean {
  const trimmed = path.replace(/[. ]+$/, '')
  return RUNS.has(extname(trimmed).slice(1).toLowerCase())
}
