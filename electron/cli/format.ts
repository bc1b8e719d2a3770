const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** Decimal units, three digits: `999 B`, `1.23 MB`, `45.6 GB`. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  if (unit === 0) return `${Math.round(value)} B`
  const digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}

export function formatSpeed(bytesPerSecond: number): string {
  return `${formatBytes(bytesPerSecond)}/s`
}

/** `0.4 s`, `12 s`, `3:05`, `2:03:04`, `3 d 4 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  if (hours === 0) return `${minutes}:${two(whole % 60)}`
  if (hours < 48) return `${hours}:${two(minutes)}:${two(whole % 60)}`
  return `${Math.floor(hours / 24)} d ${hours % 24} h`
}

/** When it is tried again: `at once`, `in 12 s`. */
export function formatWait(ms: number): string {
  return ms < 50 ? 'at once' : `in ${formatDuration(ms)}`
}

/** `1,200`. */
export function formatNumber(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

/** `1 file`, `1,200 files`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${formatNumber(count)} ${count === 1 ? one : many}`
}

/** `042137` as people compare it: `042 137`. */
export function formatCode(code: string): string {
  return `${code.slice(0, 3)} ${code.slice(3)}`
}

/** Local time, to the minute: `2025-03-01 14:05`. */
export function formatTime(ms: number): string {
  const date = new Date(ms)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`
}

/** Enough of a device's id to tell devices apart. */
export function shortDeviceId(id: string): string {
  return id.split('-').slice(0, 2).join('-')
}
