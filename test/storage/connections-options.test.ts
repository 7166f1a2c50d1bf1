import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { postgresOptions } from '../../src/storage/postgres-options.ts'

describe('the options of a Postgres URL', () => {
  let folder = ''
  let bundle = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'loom-options-'))
    bundle = path.join(folder, 'ca.pem')
    await writeFile(bundle, '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n')
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('are what the URL says, decoded', () => {
    expect(postgresOptions('postgres://us%40er:p%2Fa%3As%25s@[::1]:5433/my%20data')).toEqual({
      host: '::1',
      port: 5433,
      user: 'us@er',
      password: 'p/a:s%s',
      database: 'my data',
      ssl: false,
    })
    expect(postgresOptions('postgresql://db.example.com')).toMatchObject({
      host: 'db.example.com',
      port: 5432,
    })
  })

  it.each(['localhost', '127.0.0.1', '127.8.9.10', '[::1]', '%2Fvar%2Frun%2Fpostgresql', ''])(
    'speak in the clear to this machine: %s',
    (host) => {
      expect(postgresOptions(`postgres://${host}/d`).ssl).toBe(false)
      expect(postgresOptions(`postgres://${host}/d?sslmode=prefer`).ssl).toBe(false)
      expect(postgresOptions(`postgres://${host}/d?sslmode=disable`).ssl).toBe(false)
    },
  )

  it('reach a socket by its folder', () => {
    const expected = { host: '/var/run/postgresql', port: 5433, database: 'd', ssl: false }
    expect(postgresOptions('postgres://%2Fvar%2Frun%2Fpostgresql:5433/d')).toEqual(expected)
    expect(postgresOptions('postgres:///d?host=/var/run/postgresql&port=5433')).toEqual(expected)
  })

  it.each([
    '',
    '?sslmode=allow',
    '?sslmode=prefer',
    '?sslmode=require',
    '?sslmode=verify-ca',
    '?sslmode=verify-full',
    '?sslmode=no-verify',
    '?sslrootcert=system',
  ])('verify certificate and name of another machine, whatever less is asked: %s', (query) => {
    expect(postgresOptions(`postgres://u:p@db.example.com/d${query}`).ssl).toEqual({
      host: 'db.example.com',
      servername: 'db.example.com',
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
    })
  })

  it.each(['127.example.com', 'localhost.example.com', '128.0.0.1', '0.0.0.0', '10.0.0.1'])(
    'take no other host for this machine: %s',
    (host) => {
      expect(postgresOptions(`postgres://${host}/d`).ssl).not.toBe(false)
    },
  )

  it('verify an address as that address, without a name that a handshake may not carry', () => {
    const { ssl } = postgresOptions('postgres://10.1.2.3/d')
    expect(ssl).toMatchObject({ host: '10.1.2.3', rejectUnauthorized: true })
    expect(ssl).not.toHaveProperty('servername')
  })

  it.each(['require', 'verify-ca', 'verify-full', 'no-verify'])(
    'verify on this machine too where TLS is asked for: %s',
    (mode) => {
      expect(postgresOptions(`postgres://localhost/d?sslmode=${mode}`).ssl).toMatchObject({
        servername: 'localhost',
        rejectUnauthorized: true,
      })
    },
  )

  it('trust the bundle that sslrootcert names', () => {
    const { ssl } = postgresOptions(`postgres://db.example.com/d?sslrootcert=${encodeURIComponent(bundle)}`)
    expect(ssl).toMatchObject({ ca: expect.stringContaining('BEGIN CERTIFICATE'), rejectUnauthorized: true })
  })

  it('pass no parameter of the URL on', () => {
    const options = postgresOptions(
      'postgres://h/d?sslmode=require&sslrootcert=system&channel_binding=require&schema=x',
    )
    expect(Object.keys(options).sort()).toEqual(['database', 'host', 'port', 'ssl'])
  })

  it.each([
    ['postgres://db.example.com/d?sslmode=disable', 'clear'],
    ['postgres://db.example.com/d?sslmode=maybe', 'sslmode'],
    ['postgres://db.example.com/d?sslrootcert=/nowhere/ca.pem', 'cannot be read'],
    [
      `postgres://db.example.com/d?sslrootcert=${path.join(import.meta.dirname, '../../package.json')}`,
      'PEM',
    ],
    ['postgres://a.example.com,b.example.com/d', 'one host'],
    ['postgres://u:100%@localhost/d', 'percent'],
    ['mysql://localhost/d', 'postgres://'],
  ])('are refused with what to mend, by the setting’s name and without a password: %s', (url, word) => {
    const refused = () => postgresOptions(url, 'DATABASE_URL_WORKER')
    expect(refused).toThrow(
      expect.objectContaining({ kind: 'invalid_input', message: expect.stringContaining(word) }),
    )
    expect(refused).toThrow(/^DATABASE_URL_WORKER /)
    expect(refused).not.toThrow(/100%@/)
  })
})
