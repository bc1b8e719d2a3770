import type { OpenedPage, PageOptions } from '../cli/page-port.ts'
import { createApplication } from '../application/application.ts'
import { pagePlatform } from '../web/page-platform.ts'
import { startPageServer } from '../web/page-server.ts'

/** The application behind a page for browsers. */
export async function openPage(options: PageOptions & { readonly version: string }): Promise<OpenedPage> {
  const { engine, status, listen, version, addressChanged } = options
  const application = createApplication({ engine, platform: pagePlatform(version), home: status.home })
  try {
    const server = await startPageServer({ application, home: status.home, instance: status.deviceId, listen, addressChanged })
    return {
      url: server.url,
      async close() {
        await server.close()
        application.close()
      },
    }
  } catch (error) {
    application.close()
    throw error
  }
}
