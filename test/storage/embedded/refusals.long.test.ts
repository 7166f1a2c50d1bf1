import { chown, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { canReach } from '../../../src/storage/embedded/account.ts'
import { locateBinaries } from '../../../src/storage/embedded/binaries.ts'
import { fileFault, programFault } from '../../../src/storage/embedded/faults.ts'
import { asRoot, nobody, serverPid, useScene, withSql } from './support.ts'

const scene = useScene()

test('a home under a file is refused with what to do', async () => {
  const file = join(await scene.folder(), 'file')
  await writeFile(file, '')
  await expect(scene.open(join(file, '.loom'))).rejects.toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('LOOM_HOME'),
  })
})

test.runIf(process.platform === 'linux')('a home where nobody can write is refused', async () => {
  await expect(scene.open('/proc/loom/.loom')).rejects.toMatchObject({ kind: 'forbidden' })
})

test.runIf(asRoot)(
  'an ordinary user is refused another user’s folder, and runs in their own',
  async ({ skip }) => {
    if (!(await canReach(nobody, process.execPath)) || !(await canReach(nobody, import.meta.dirname))) skip()
    const folder = await scene.folder()
    const refused = await scene.loom(join(folder, '.loom'), { account: nobody })
    expect(refused.fault).toMatchObject({ kind: 'forbidden' })

    const own = join(folder, 'own')
    await mkdir(own)
    await chown(own, nobody.uid, nobody.gid)
    const home = join(own, '.loom')
    const loom = await scene.loom(home, { account: nobody })
    expect(await withSql(loom.url, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
    expect(loom.said).toEqual([])
    expect((await readdir(home)).sort()).toEqual(['logs', 'pg', 'postgres.json', 'postgres.lock'])
    await loom.close()
    expect(await serverPid(home)).toBeUndefined()
  },
)

test('a machine without binaries is told to bring its own Postgres', async () => {
  await expect(locateBinaries('sunos-sparc')).rejects.toMatchObject({
    kind: 'unavailable',
    retryable: false,
    message: expect.stringContaining('DATABASE_URL'),
  })
})

test('a database of another major version is refused and left as it is', async () => {
  const home = await scene.home()
  const { close } = await scene.open(home)
  await close()
  await writeFile(join(home, 'pg/PG_VERSION'), '17\n')
  await expect(scene.open(home)).rejects.toMatchObject({
    kind: 'corrupt',
    message: expect.stringContaining('Postgres 17'),
  })
  expect(await readFile(join(home, 'pg/PG_VERSION'), 'utf8')).toBe('17\n')
})

test('a pg folder that is no database is refused and left as it is', async () => {
  const home = await scene.newHome()
  await mkdir(join(home, 'pg/mine'), { recursive: true })
  await expect(scene.open(home)).rejects.toMatchObject({ kind: 'corrupt' })
  expect(await readdir(join(home, 'pg'))).toEqual(['mine'])
})

test('a link to a database that is gone is refused', async () => {
  const home = await scene.newHome()
  await mkdir(home)
  await symlink(join(home, 'elsewhere'), join(home, 'pg'))
  await expect(scene.open(home)).rejects.toMatchObject({ kind: 'corrupt' })
})

test('a database that Postgres cannot start is refused with the end of its log', async () => {
  const home = await scene.home()
  const { close } = await scene.open(home)
  await close()
  await rename(join(home, 'pg/global/pg_control'), join(home, 'pg/global/pg_control.away'))
  await expect(scene.open(home)).rejects.toMatchObject({
    kind: 'unavailable',
    retryable: false,
    detail: expect.stringContaining('pg_control'),
  })
  expect(await serverPid(home)).toBeUndefined()
})

test('a full disk is called a full disk', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' })
  expect(fileFault(full, '/h').message).toMatch(/disk that holds \/h is full/)
  const output = 'initdb: error: could not write to file: No space left on device'
  expect(programFault({ doing: 'be created', output, home: '/h' }).message).toMatch(/is full/)
})
