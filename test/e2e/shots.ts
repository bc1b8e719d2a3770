import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

/** HOLDFAST_SCREENSHOTS names a folder for pictures of what was seen on the way; without it none are taken. */
const folder = process.env['HOLDFAST_SCREENSHOTS']

export function shotPath(name: string): string | undefined {
  return folder ? join(folder, `${name}.png`) : undefined
}

export async function shot({ page }: { readonly page: Page }, name: string): Promise<void> {
  const path = shotPath(name)
  if (!folder || !path) return
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path })
}
