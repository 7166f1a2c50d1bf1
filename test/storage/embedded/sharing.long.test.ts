import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { findPostmaster } from '../../../src/storage/embedded/postmaster.ts'
import { serverPid, startTime, useScene, withSql } from './support.ts'

const scene = useScene()

test('two processes share one server, and the last one out stops it', async () => {
  const home = await scene.home()
  const [one, two] = await Promise.all([scene.loom(home), scene.loom(home)])
  expect(one.url).toBe(two.url)
  expect(await startTime(one.url)).toBe(await startTime(two.url))
  const pid = await serverPid(home)
  await one.close()
  expect(await serverPid(home)).toBe(pid)
  await two.close()
  expect(await serverPid(home)).toBeUndefined()
})

test('five processes that start together get one server and leave none', async () => {
  const home = await scene.newHome()
  const looms = await Promise.all(Array.from({ length: 5 }, () => scene.loom(home)))
  expect(looms.map((loom) => loom.fault)).toEqual(Array(5).fill(undefined))
  expect(new Set(looms.map((loom) => loom.url)).size).toBe(1)
  expect(new Set(await Promise.all(looms.map((loom) => startTime(loom.url)))).size).toBe(1)
  await Promise.all(looms.map((loom) => loom.close()))
  expect(await serverPid(home)).toBeUndefined()
})

test('one that comes while the last one leaves gets a running server', async () => {
  const home = await scene.home()
  let current = await scene.loom(home)
  for (let round = 0; round < 3; round += 1) {
    const [next] = await Promise.all([scene.loom(home), current.close()])
    expect(await startTime(next.url)).not.toBe('')
    current = next
  }
  await current.close()
  expect(await serverPid(home)).toBeUndefined()
})

test('a server left by a killed process is adopted by the next one, and stopped by it', async () => {
  const home = await scene.home()
  const killed = await scene.loom(home)
  const pid = await serverPid(home)
  await killed.kill()
  expect(await serverPid(home)).toBe(pid)
  const heir = await scene.loom(home)
  expect(heir.url).toBe(killed.url)
  expect(await serverPid(home)).toBe(pid)
  await heir.close()
  expect(await serverPid(home)).toBeUndefined()
})

test('a process is still counted after a crash in the server cut its connection', async () => {
  const home = await scene.home()
  const one = await scene.open(home)
  const two = await scene.loom(home)
  const before = await presences(one.url)
  const [victim] = before
  expect(before).toHaveLength(2)
  process.kill(victim ?? Number.NaN, 'SIGKILL')
  await vi.waitFor(
    async () => {
      const now = await presences(one.url)
      expect(now).toHaveLength(2)
      expect(now.filter((pid) => before.includes(pid))).toEqual([])
    },
    { timeout: 20_000, interval: 50 },
  )
  await two.close()
  expect(await findPostmaster(join(home, 'pg'))).toBeDefined()
  await one.close()
  expect(await serverPid(home)).toBeUndefined()
})

function presences(url: string): Promise<number[]> {
  return withSql(url, async (sql) => {
    const rows = await sql<{ pid: number }[]>`
      select pid from pg_stat_activity where application_name = 'loom-presence' order by pid`
    return rows.map((row) => row.pid)
  })
}
