import { constants } from 'node:crypto'
import type { SecureContextOptions } from 'node:tls'

export const ALPN = 'holdfast/1'

/** What TLS needs of identity/device-key.ts. */
export interface TlsIdentity {
  readonly keyPem: string
  readonly certificatePem: string
}

export interface HoldfastTlsOptions extends SecureContextOptions {
  readonly ALPNProtocols: string[]
  readonly requestCert: true
  readonly rejectUnauthorized: false
}

/**
 * One set of options for both ends. TLS 1.3 and nothing below. AES-128-GCM first: with AES instructions it is the
 * fastest. Certificates are asked for, and never judged by a chain: the key is compared by the caller
 * (DESIGN.md section 3). No tickets: sessions are never resumed, so there is no 0-RTT data and every socket proves its key.
 */
export function tlsOptions(identity: TlsIdentity): HoldfastTlsOptions {
  return {
    key: identity.keyPem,
    cert: identity.certificatePem,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256',
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_TICKET,
    ALPNProtocols: [ALPN],
    requestCert: true,
    rejectUnauthorized: false,
  }
}
