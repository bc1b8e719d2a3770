// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[<>:"|?*\\/\u0000-\u001f]/
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³]) *(?:\.|$)/i
/** What Windows makes of `.holdfast` as an 8.3 alias: `HOLDFA~1`, after some collisions `HO` and four hex digits. */
const ENGINE_ALIAS = /^(?:holdf[a-z]?|ho[0-9a-f]{4})~[0-9]+/i

/**
 * Why Windows (or a volume with its rules) can't hold this name as it is; undefined when it can.
 * Source: "Naming Files, Paths, and Namespaces", Microsoft Learn. A colon would name an alternate stream.
 */
export function windowsNameProblem(segment: string): string | undefined {
  if (FORBIDDEN.test(segment)) return 'has a character Windows does not allow in names (< > : " | ? * \\)'
  if (DEVICE.test(segment)) return 'is reserved by Windows for a device'
  if (segment.endsWith('.') || segment.endsWith(' ')) return 'ends in a dot or a space, which Windows drops'
  if (ENGINE_ALIAS.test(segment)) return 'is reserved for Holdfast itself'
  return undefined
}
