import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { keptWord, serverIsDown, serverPid, useScene, withSql } from './support.ts'

const scene = useScene()

async function killServer(home: string): Promise<void> {
  process.kill((await serverPid(home)) ?? Number.NaN, 'SIGKILL')
  await serverIsDown(home)
}

test('a killed server comes back with its data', async () => {
  const home = await scene.home()
  await scene.open(home)
  await killServer(home)
  expect(await keptWord((await scene.open(home)).url)).toBe('yes')
})

test('closing after the server was killed is no fault', async () => {
  const home = await scene.home()
  const { close } = await scene.open(home)
  await killServer(home)
  await close()
})

test('closing after the home was removed says so and lets go of the server', async () => {
  const home = await scene.home()
  const { close } = await scene.open(home)
  const pid = (await serverPid(home)) ?? Number.NaN
  await rm(home, { recursive: true, maxRetries: 10 })
  await expect(close()).rejects.toMatchObject({ name: 'LoomError' })
  process.kill(pid, 'SIGQUIT')
  await vi.waitUntil(() => !isAlive(pid), { timeout: 20_000, interval: 20 })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a stale postmaster.pid whose number another program got does not keep the server down', async () => {
  const home = await scene.home()
  await scene.open(home)
  await killServer(home)
  const { uid, gid } = await stat(join(home, 'pg'))
  const stranger = spawn('sleep', ['120'], { uid, gid })
  await once(stranger, 'spawn')
  const pidFile = join(home, 'pg/postmaster.pid')
  await writeFile(pidFile, (await readFile(pidFile, 'utf8')).replace(/^\d+/, String(stranger.pid)))
  try {
    expect(await keptWord((await scene.open(home)).url)).toBe('yes')
    expect(stranger.exitCode).toBeNull()
  } finally {
    stranger.kill()
  }
})

test('a first start that was killed halfway is done again', async () => {
  const home = await scene.newHome()
  await mkdir(home, { mode: 0o755 })
  const child = scene.spawnLoom(home)
  const begun = async () => {
    const names = await readdir(home, { recursive: true }).catch(() => [])
    return names.some((name) => /^pg\.tmp-\w+\/data\/base$/.test(name))
  }
  await vi.waitUntil(begun, { timeout: 30_000, interval: 5 })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await readdir(home)).not.toContain('pg')

  const { url } = await scene.open(home)
  expect(await withSql(url, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }])
  expect((await readdir(home)).sort()).toEqual(['logs', 'pg', 'postgres.json', 'postgres.lock'])
})

test.each(['not json', '{"port":1}', undefined])('a postgres.json of %s costs no data', async (content) => {
  const home = await scene.home()
  const { url: before } = await scene.open(home)
  await scene.closeAll()
  const path = join(home, 'postgres.json')
  if (content === undefined) await rm(path)
  else await writeFile(path, content)
  const said: string[] = []
  const { url } = await scene.open(home, { say: (line) => said.push(line) })
  expect(await keptWord(url)).toBe('yes')
  expect(new URL(url).password).not.toBe(new URL(before).password)
  expect(said).toEqual([expect.stringContaining('your data is kept')])
})

test('a postgres.json that is lost while the server runs is said so, and nothing is touched', async () => {
  const home = await scene.home()
  const { url } = await scene.open(home)
  const path = join(home, 'postgres.json')
  const content = await readFile(path, 'utf8')
  await rm(path)
  await expect(scene.open(home)).rejects.toMatchObject({ kind: 'conflict' })
  await writeFile(path, content)
  expect(await keptWord((await scene.open(home)).url)).toBe('yes')
  expect(await keptWord(url)).toBe('yes')
})

test('a wrong password is said so, and the server is not left running', async () => {
  const home = await scene.home()
  const { url } = await scene.open(home)
  await scene.closeAll()
  const path = join(home, 'postgres.json')
  const right = await readFile(path, 'utf8')
  const wrong = 'a'.repeat(32)
  await writeFile(path, JSON.stringify({ port: Number(new URL(url).port), password: wrong }))
  const fault = await scene.open(home).catch((error: unknown) => error)
  expect(fault).toMatchObject({ name: 'LoomError', kind: 'corrupt' })
  expect(JSON.stringify(fault)).not.toContain(wrong)
  expect(await serverPid(home)).toBeUndefined()
  await writeFile(path, right)
  expect(await keptWord((await scene.open(home)).url)).toBe('yes')
})
