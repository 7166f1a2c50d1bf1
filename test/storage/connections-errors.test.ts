import { expect, it } from 'vitest'
import { LoomError } from '../../src/core/errors.ts'
import { databaseError } from '../../src/storage/database-error.ts'

const thrown = (code: string, more: object = {}) =>
  Object.assign(new Error('of the driver'), { code, ...more })

it.each([
  ...['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'CONNECTION_ENDED'],
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETDOWN',
  ],
  ...['57P01', '57P02', '57P03', '08000', '08006', '08P01', '53300', '25006'],
])('a database that is away is worth another try: %s', (code) => {
  expect(databaseError(thrown(code))).toMatchObject({ kind: 'unavailable', retryable: true, detail: code })
  expect(databaseError(new Error('of drizzle', { cause: thrown(code) }))).toMatchObject({
    kind: 'unavailable',
  })
})

it.each([
  ['28P01', {}, 'unavailable', 'password'],
  ['28000', {}, 'unavailable', 'password'],
  ['3D000', {}, 'unavailable', 'no database of the name'],
  ['42501', { severity: 'FATAL' }, 'forbidden', 'act as its role'],
  ['SELF_SIGNED_CERT_IN_CHAIN', {}, 'unavailable', 'sslrootcert'],
  ['CERT_HAS_EXPIRED', {}, 'unavailable', 'expired'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', {}, 'unavailable', 'another host name'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', {}, 'unavailable', 'no common TLS'],
])('a database that refuses is told in words, and not tried again: %s', (code, more, kind, words) => {
  expect(databaseError(thrown(code, more))).toMatchObject({
    kind,
    retryable: false,
    message: expect.stringContaining(words),
  })
})

it('a database without a free connection is told as that', () => {
  expect(databaseError(thrown('53300'))).toMatchObject({
    message: expect.stringContaining('max_connections'),
  })
})

it('a statement that fails is neither, and what is ours stays as it is', () => {
  expect(databaseError(thrown('42501', { severity: 'ERROR' }))).toMatchObject({
    kind: 'internal',
    retryable: false,
  })
  expect(databaseError(thrown('57014'))).toMatchObject({ kind: 'internal' })
  const ours = new LoomError({ kind: 'not_found', message: 'There is none.' })
  expect(databaseError(ours)).toBe(ours)
  expect(databaseError(new Error('of drizzle', { cause: ours }))).toBe(ours)
})
