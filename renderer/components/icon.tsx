import type { ReactElement } from 'react'

/** Line drawings on a 20 × 20 grid, 1.6 wide, in the colour of the text around them. */
const PATHS = {
  send: 'M16.5 3.5 3 9l5.5 2.3L10.8 17l5.7-13.5ZM8.5 11.3l3.6-3.5',
  transfers: 'M6.5 16V4.5M3 8l3.5-3.5L10 8M13.5 4v11.5M10 12l3.5 3.5L17 12',
  received: 'M10 3v8.5M6.5 8.2 10 11.7l3.5-3.5M3 12.5V15a1.5 1.5 0 0 0 1.5 1.5h11A1.5 1.5 0 0 0 17 15v-2.5',
  devices: 'M3.5 5A1.5 1.5 0 0 1 5 3.5h9A1.5 1.5 0 0 1 15.5 5v1.5M3.5 5v7.5h7M2.5 15.5h8M12.5 9.5h4a1 1 0 0 1 1 1v5a1 1 0 0 1-1 1h-4a1 1 0 0 1-1-1v-5a1 1 0 0 1 1-1Z',
  settings: 'M3 6h7M14 6h3M3 14h3M10 14h7M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM8 16a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  up: 'M5 15 15 5M7.5 5H15v7.5',
  down: 'M15 5 5 15M12.5 15H5V7.5',
  file: 'M5.5 3h5.5l4 4v8.5A1.5 1.5 0 0 1 13.5 17h-8A1.5 1.5 0 0 1 4 15.5v-11A1.5 1.5 0 0 1 5.5 3ZM11 3v4h4',
  folder: 'M2.5 6A1.5 1.5 0 0 1 4 4.5h3.5l2 2H16A1.5 1.5 0 0 1 17.5 8v6.5A1.5 1.5 0 0 1 16 16H4a1.5 1.5 0 0 1-1.5-1.5V6Z',
  text: 'M3.5 4.5h13v9h-7.5L5.5 16.5v-3h-2v-9ZM6.5 7.5h7M6.5 10.5h4.5',
  image: 'M3 5.5A1.5 1.5 0 0 1 4.5 4h11A1.5 1.5 0 0 1 17 5.5v9a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5v-9ZM3.5 14l4-4.5 3 3 2.5-2 3.5 3.5M13 7.8h.01',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'M6.5 4.5v11l9-5.5-9-5.5Z',
  close: 'M5 5l10 10M15 5 5 15',
  retry: 'M15.8 8A6.2 6.2 0 1 0 16 12M16.5 4v4.2h-4.2',
  back: 'M8.5 4.5 3 10l5.5 5.5M3.5 10H17',
  check: 'M4 10.5 8 14.5 16 6',
  alert: 'M10 3.5 17.5 16.5h-15L10 3.5ZM10 8.5v3.5M10 14.2v.01',
  clock: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 6v4.3l2.8 1.7',
  search: 'M9 15A6 6 0 1 0 9 3a6 6 0 0 0 0 12ZM13.5 13.5 17 17',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  copy: 'M7.5 7.5V5A1.5 1.5 0 0 1 9 3.5h6A1.5 1.5 0 0 1 16.5 5v6A1.5 1.5 0 0 1 15 12.5h-2.5M5 7.5h6A1.5 1.5 0 0 1 12.5 9v6a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 15V9A1.5 1.5 0 0 1 5 7.5Z',
  shield: 'M10 2.8 16 5v4.5c0 4-2.5 6.5-6 7.7-3.5-1.2-6-3.7-6-7.7V5l6-2.2ZM7.2 9.8l2 2 3.6-3.8',
  chevron: 'M7.5 4.5 13 10l-5.5 5.5',
  raise: 'M10 16V4.5M5 9l5-5 5 5',
  lower: 'M10 4v11.5M5 11l5 5 5-5',
  trash: 'M3.5 5.5h13M8 5.5V3.5h4v2M5.5 5.5l.8 11h7.4l.8-11',
  plug: 'M7 3v4M13 3v4M5 7h10v2.5a5 5 0 0 1-10 0V7ZM10 14.5V17.5',
  keyboard: 'M2.5 6A1.5 1.5 0 0 1 4 4.5h12A1.5 1.5 0 0 1 17.5 6v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 14V6ZM5.5 8h.01M8.5 8h.01M11.5 8h.01M14.5 8h.01M6.5 12h7',
  open: 'M11.5 3.5h5v5M16.2 3.8 9.5 10.5M8 4.5H5A1.5 1.5 0 0 0 3.5 6v9A1.5 1.5 0 0 0 5 16.5h9a1.5 1.5 0 0 0 1.5-1.5v-3',
  plus: 'M10 4v12M4 10h12',
} as const

export type IconName = keyof typeof PATHS

/** Decoration: what it means is always in words or in a label beside it. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }): ReactElement {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}

/** The mark: an H of two strands, and the bead that has come across. */
export function Mark({ size = 28 }: { size?: number }): ReactElement {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path d="M9 4.5c-3.5 7.5 3.5 15.5 0 23M23 4.5c3.5 7.5-3.5 15.5 0 23M9.7 16h12.6" />
      <circle className="mark-bead" cx="16" cy="16" r="4" />
    </svg>
  )
}
