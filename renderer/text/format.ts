/** Numbers and times for people. Pure; the locale is the browser's unless one is given, which tests do. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const

function inUnits(bytes: number, steady: boolean, locale?: string): string {
  let value = Math.max(0, bytes)
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  const number = new Intl.NumberFormat(locale, { minimumFractionDigits: steady ? digits : 0, maximumFractionDigits: digits }).format(value)
  return `${number} ${UNITS[unit]}`
}

/** Decimal units, as file managers and disk makers count: `1.2 GB`. Three significant digits at most. */
export function formatBytes(bytes: number, locale?: string): string {
  return inUnits(bytes, false, locale)
}

/** Always three digits from a kilobyte on, for what is counting up: its width stays, and what stands beside it. */
export function formatSteadyBytes(bytes: number, locale?: string): string {
  return inUnits(bytes, true, locale)
}

export function formatSpeed(bytesPerSecond: number, locale?: string): string {
  return `${formatSteadyBytes(bytesPerSecond, locale)}/s`
}

export function formatCount(count: number, locale?: string): string {
  return new Intl.NumberFormat(locale).format(count)
}

/** `12 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`: two units at most, never a false precision. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return seconds % 60 === 0 || minutes >= 10 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  return hours % 24 === 0 ? `${days} d` : `${days} d ${hours % 24} h`
}

/** Whole percent, which reaches 100 only when all is there. */
export function percentOf(bytes: number, totalBytes: number): number {
  if (totalBytes <= 0) return 0
  return bytes >= totalBytes ? 100 : Math.min(99, Math.floor((bytes / totalBytes) * 100))
}

/** Today: the time; this year: day and time; else the date. */
export function formatWhen(atMs: number, nowMs: number, locale?: string): string {
  const at = new Date(atMs)
  const now = new Date(nowMs)
  if (at.toDateString() === now.toDateString()) {
    return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(at)
  }
  if (at.getFullYear() === now.getFullYear()) {
    return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' }).format(at)
  }
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' }).format(at)
}

/** Date and time in full, for tooltips and details. */
export function formatFull(atMs: number, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' }).format(new Date(atMs))
}

/** How many whole days before today, by the calendar; 0 is today. For grouping lists by day. */
export function daysAgo(atMs: number, nowMs: number): number {
  const day = (ms: number): number => {
    const date = new Date(ms)
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate())
  }
  return Math.round((day(nowMs) - day(atMs)) / 86_400_000)
}

/** `[::1]:4680`, `192.168.1.20:4680`. */
export function formatAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
