import type { Page } from 'playwright-core'

const NAMED = new Set(['button', 'link', 'textbox', 'searchbox', 'spinbutton', 'checkbox', 'switch', 'radio', 'radiogroup', 'grid', 'row', 'dialog', 'alertdialog', 'progressbar', 'region', 'navigation', 'image', 'listbox'])

interface AxNode {
  readonly ignored: boolean
  readonly role?: { readonly value: string }
  readonly name?: { readonly value: string }
  readonly backendDOMNodeId?: number
}

/** Roles that need a name and have none, as Chromium's own accessibility tree has it. */
async function unnamed(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page)
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as unknown as { nodes: readonly AxNode[] }
  const missing: string[] = []
  for (const node of nodes) {
    const role = node.role?.value ?? ''
    if (node.ignored || !NAMED.has(role) || node.name?.value.trim()) continue
    missing.push(`no name: ${role}`)
  }
  await session.detach()
  return missing
}

/** Runs in the page: text below 4.5:1 against what is painted behind it (3:1 when large), repeated ids, ids that lead nowhere. */
function inspect(): string[] {
  const found: string[] = []
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  if (!context) return ['no canvas']
  const paint = (colors: readonly string[]): readonly number[] => {
    context.clearRect(0, 0, 1, 1)
    for (const color of colors) {
      context.fillStyle = color
      context.fillRect(0, 0, 1, 1)
    }
    return [...context.getImageData(0, 0, 1, 1).data]
  }
  const luminance = (rgb: readonly number[]): number => {
    const [red = 0, green = 0, blue = 0] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const behind = (element: Element | null): string[] | null => {
    const colors: string[] = []
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at)
      if (style.backgroundImage !== 'none') return null
      colors.unshift(style.backgroundColor)
    }
    return ['#fff', ...colors]
  }
  const seen = new Set<string>()
  for (const element of document.querySelectorAll('[id]')) {
    if (seen.has(element.id)) found.push(`id twice: ${element.id}`)
    seen.add(element.id)
  }
  for (const attribute of ['aria-labelledby', 'aria-describedby', 'aria-controls']) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      for (const id of (element.getAttribute(attribute) ?? '').split(/\s+/)) {
        if (id && !document.getElementById(id)) found.push(`${attribute} leads nowhere: ${id}`)
      }
    }
  }
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement
    const text = walker.currentNode.textContent?.trim() ?? ''
    if (!element || !text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue
    if (element.closest('.visually-hidden, [data-disabled], [aria-hidden=true], :disabled')) continue
    const style = getComputedStyle(element)
    const colors = behind(element)
    if (!colors) continue
    const ground = luminance(paint(colors))
    const ink = luminance(paint([...colors, style.color]))
    const ratio = (Math.max(ground, ink) + 0.05) / (Math.min(ground, ink) + 0.05)
    const size = Number.parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: "${text.slice(0, 30)}" .${element.className}`)
  }
  const headings = document.querySelectorAll('h1').length
  if (headings !== 1) found.push(`${headings} h1`)
  return found
}

/** What a person with a screen reader or weak eyes would stumble over on the page as it is; empty is good. */
export async function accessibilityFindings(page: Page): Promise<string[]> {
  return [...new Set([...(await unnamed(page)), ...(await page.evaluate(inspect))])]
}
