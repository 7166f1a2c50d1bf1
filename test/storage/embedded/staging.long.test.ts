import { chmod, chown, mkdir, readdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canReach } from '../../../src/storage/embedded/account.ts'
import { reachableNative } from '../../../src/storage/embedded/staging.ts'
import { asRoot, keptWord, nobody, serverPid, useScene, withSql } from './support.ts'

const scene = useScene()

describe.runIf(asRoot)('root, where the server’s user may not enter', () => {
  test('the data is staged, said once and found again; a home made anew begins empty beside it', async () => {
    const closedFolder = await scene.folder(0o700)
    const stagingDir = join(await scene.folder(), 'staging')
    const home = join(closedFolder, '.loom')
    const said: string[] = []
    const say = (line: string) => said.push(line)

    const first = await scene.open(home, { stagingDir, say })
    await withSql(first.url, (sql) => sql`create table kept as select 'yes' as word`)
    await first.close()
    const second = await scene.open(home, { stagingDir, say })
    expect(await keptWord(second.url)).toBe('yes')

    expect(said).toEqual([expect.stringContaining(stagingDir)])
    const dataDir = await readlink(join(home, 'pg'))
    expect(dataDir.startsWith(stagingDir)).toBe(true)
    const data = await stat(dataDir)
    expect(data.uid).not.toBe(0)
    expect(data.mode & 0o777).toBe(0o700)
    expect((await stat(closedFolder)).mode & 0o777).toBe(0o700)
    await second.close()
    expect(await serverPid(home)).toBeUndefined()

    await rm(home, { recursive: true })
    const anew = await scene.open(home, { stagingDir })
    await expect(keptWord(anew.url)).rejects.toMatchObject({ code: '42P01' })
    expect(await readdir(dataDir)).toContain('PG_VERSION')
  })

  test('the binaries are copied once, whole, to where the user can run them', async () => {
    const { binaries, stagingDir } = await closedBinaries()
    let told = 0
    const input = { binaries, account: nobody, stagingDir, announceStaging: () => (told += 1) }
    const staged = await reachableNative(input)
    expect(await canReach(nobody, join(staged, 'bin/postgres'))).toBe(true)
    expect(await readlink(join(staged, 'lib/libpq.so'))).toBe('libpq.so.5')
    expect((await stat(staged)).uid).toBe(0)
    expect(await reachableNative(input)).toBe(staged)
    expect(told).toBe(1)
    expect(await readdir(stagingDir)).toEqual(['postgres-18.0.0'])
  })

  test.each(['.', 'postgres-18.0.0'])(
    'what another user could have planted at %s is not run',
    async (planted) => {
      const { binaries, stagingDir } = await closedBinaries()
      await mkdir(join(stagingDir, planted), { recursive: true })
      await chown(join(stagingDir, planted), nobody.uid, nobody.gid)
      const input = { binaries, account: nobody, stagingDir, announceStaging: () => undefined }
      await expect(reachableNative(input)).rejects.toMatchObject({ kind: 'forbidden' })
    },
  )

  async function closedBinaries() {
    const native = join(await scene.folder(0o700), 'native')
    await mkdir(join(native, 'bin'), { recursive: true, mode: 0o700 })
    await mkdir(join(native, 'lib'), { mode: 0o700 })
    await writeFile(join(native, 'bin/postgres'), '', { mode: 0o700 })
    await writeFile(join(native, 'lib/libpq.so.5'), '')
    await symlink('libpq.so.5', join(native, 'lib/libpq.so'))
    await chmod(native, 0o700)
    return { binaries: { native, version: '18.0.0' }, stagingDir: join(await scene.folder(), 'staging') }
  }
})
