import { protocol } from 'electron'
import { PAGE_SCHEME } from '../ipc/trusted-sender.ts'
import { readPageFile } from './page-files.ts'

/** Before the app is ready. */
export function declareAppProtocol(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ])
}

/** @param root the folder of the built page */
export function serveAppProtocol(root: string): void {
  protocol.handle(PAGE_SCHEME, async (request) => {
    const { status, headers, body } = await readPageFile(root, request.method, request.url)
    return new Response(body === null ? null : new Uint8Array(body), { status, headers })
  })
}
