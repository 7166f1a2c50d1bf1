import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keptWord, serverPid, useScene, withSql } from './support.ts'

const scene = useScene()

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test('the first start makes what nobody else may read; the second finds its data and its port', async () => {
  const home = await scene.newHome()
  const first = await scene.open(home)
  expect((await modeOf(home)) & 0o067).toBe(0)
  expect(await modeOf(join(home, 'postgres.json'))).toBe(0o600)
  expect(await modeOf(join(home, 'logs/postgres.log'))).toBe(0o600)
  expect(await modeOf(join(home, 'pg'))).toBe(0o700)
  await withSql(first.url, (sql) => sql`create table kept as select 'yes' as word`)
  await first.close()
  expect(await serverPid(home)).toBeUndefined()

  const second = await scene.open(home)
  expect(second.url).toBe(first.url)
  expect(await keptWord(second.url)).toBe('yes')
})

test('the server listens on loopback alone, asks for a password and syncs to disk', async () => {
  const home = await scene.home()
  const { url } = await scene.open(home)
  const settings = await withSql(
    url,
    (sql) => sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings where name = any(${[
      'listen_addresses',
      'unix_socket_directories',
      'fsync',
      'synchronous_commit',
      'data_checksums',
      'jit',
      'server_encoding',
    ]}) order by name`,
  )
  expect(Object.fromEntries(settings.map(({ name, setting }) => [name, setting]))).toEqual({
    data_checksums: 'on',
    fsync: 'on',
    jit: 'off',
    listen_addresses: '127.0.0.1',
    server_encoding: 'UTF8',
    synchronous_commit: 'on',
    unix_socket_directories: '',
  })
  const hba = await withSql(url, (sql) => sql`select distinct auth_method from pg_hba_file_rules`)
  expect(hba).toEqual([{ auth_method: 'scram-sha-256' }])
  const wrong = url.replace(/loom:[^@]+@/, 'loom:wrong@')
  await expect(withSql(wrong, (sql) => sql`select 1`)).rejects.toMatchObject({ code: '28P01' })
})

test('the log holds neither statements nor their values nor the password', async () => {
  const home = await scene.home()
  const { url, close } = await scene.open(home)
  await withSql(url, async (sql) => {
    await sql`create table secrets (word text primary key)`
    await sql`insert into secrets values ('marmalade')`
    await expect(sql`insert into secrets values (${'marmalade'})`).rejects.toThrow()
    await expect(sql`select 'marmalade'::text::int`).rejects.toThrow()
    await expect(sql.unsafe('selekt marmalade')).rejects.toThrow()
    await sql`do $$ begin raise warning 'marmalade'; end $$`
  })
  await close()
  const log = await readFile(join(home, 'logs/postgres.log'), 'utf8')
  expect(log).toContain('database system is shut down')
  expect(log).not.toContain('marmalade')
  expect(log).not.toContain(new URL(url).password)
})

test('a log past 5 MB makes room for a new one', async () => {
  const home = await scene.home()
  const first = await scene.open(home)
  await first.close()
  await writeFile(join(home, 'logs/postgres.log'), 'x'.repeat(5 * 1024 * 1024 + 1))
  await scene.open(home)
  expect(await readdir(join(home, 'logs'))).toEqual(['postgres.log', 'postgres.log.1'])
  expect(await readFile(join(home, 'logs/postgres.log'), 'utf8')).toMatch(/ready to accept connections/)
})

test('a port that somebody else took meanwhile is exchanged for another, for good', async () => {
  const home = await scene.home()
  const first = await scene.open(home)
  await first.close()
  const intruder = createServer()
  await new Promise<void>((resolve) =>
    intruder.listen({ port: Number(new URL(first.url).port), host: '127.0.0.1' }, resolve),
  )
  const second = await scene.open(home)
  await second.close()
  await new Promise((resolve) => intruder.close(resolve))
  expect(new URL(second.url).port).not.toBe(new URL(first.url).port)
  const third = await scene.open(home)
  expect(third.url).toBe(second.url)
})

test('closing twice is closing once', async () => {
  const { close } = await scene.open(await scene.home())
  await Promise.all([close(), close()])
  await close()
})
