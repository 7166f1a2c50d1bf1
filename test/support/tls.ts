import { generate } from 'selfsigned'

/** A certificate authority of a test's own: nobody trusts it who was not told. */
export interface TestAuthority {
  /** In PEM, as `sslrootcert` and Node take it. */
  certificate: string
  issue(name: string): Promise<{ key: string; certificate: string }>
}

const common = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

export async function createAuthority(): Promise<TestAuthority> {
  const own = await generate([{ name: 'commonName', value: 'Loom test authority' }], {
    ...common,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  })
  return {
    certificate: own.cert,
    /** For a name, or for an address where it is one. */
    async issue(name) {
      const made = await generate([{ name: 'commonName', value: name }], {
        ...common,
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'extKeyUsage', serverAuth: true },
          {
            name: 'subjectAltName',
            altNames: [/^[\d.]+$/.test(name) ? { type: 7, ip: name } : { type: 2, value: name }],
          },
        ],
      })
      return { key: made.private, certificate: made.cert }
    },
  }
}
