import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { openAccount } from '../../../src/storage/tenants/create.ts'
import { createFileVault } from '../../../src/storage/vault/file-vault.ts'
import { openTestBed, type TestBed } from '../../support/store.ts'
import { openVictim, snapshot } from '../support/victim.ts'
import type { Act } from './fixtures/act.ts'
import { openAnother } from './support.ts'

const rounds = 20
const [server] = inject('servers')
if (!server) throw new Error('no test server')
const masterKey = randomBytes(32)
let plain: TestBed
let bed: TestBed

beforeAll(async () => {
  plain = await openTestBed(server)
  const vault = createFileVault({ directory: path.join(plain.home, 'keys'), masterKey, now: Date.now })
  const store: TestBed['store'] = (role) => ({ ...plain.store(role), vault })
  const account = () =>
    openAccount(store(), {
      ...{ platform: 'local', kind: 'local', externalId: randomBytes(8).toString('hex') },
      installer: { externalId: 'owner', name: 'Owner' },
    })
  bed = { ...plain, store, account }
})
afterAll(() => plain?.close())

/** Runs a deed in a process of its own, which is killed after so long, or never. Answers what it said when it ended. */
async function act(
  deed: Act['deed'],
  part: Partial<Act> & { killAfterMs?: number } = {},
): Promise<string | 'killed'> {
  const { killAfterMs, ...rest } = part
  const input: Act = {
    ...{ deed, home: bed.home, masterKey: masterKey.toString('base64'), url: bed.url, aheadMs: 60_000 },
    ...rest,
  }
  const script = path.join(import.meta.dirname, 'fixtures/act.ts')
  const child = spawn(process.execPath, [script, JSON.stringify(input)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  const begun = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('go\n')) resolve()
    })
  })
  const ended = new Promise<void>((resolve) => void child.on('close', () => resolve()))
  await Promise.race([begun, ended])
  if (killAfterMs !== undefined) {
    await Promise.race([sleep(killAfterMs), ended])
    child.kill('SIGKILL')
  }
  await ended
  const answer = /did (.*)\n/.exec(said)?.[1]
  if (answer === undefined && killAfterMs === undefined) throw new Error(`${deed} failed`)
  return answer ?? 'killed'
}

it(`leaves nothing that can be read of an account, ${rounds} times, killed anywhere between dump and replay`, async () => {
  let kills = 0
  const anyMoment = () => Math.floor(Math.random() * 400)
  const untilDone = async (deed: Act['deed'], part: Partial<Act>): Promise<string> => {
    // What a process had claimed when it died is another's a minute later.
    const at = (tries: number) => ({ ...part, aheadMs: (part.aheadMs ?? 60_000) + tries * 70_000 })
    for (let tries = 0; tries < 2; tries += 1) {
      const answer = await act(deed, { ...at(tries), killAfterMs: anyMoment() })
      if (answer !== 'killed') return answer
      kills += 1
    }
    return act(deed, at(2))
  }
  for (let round = 0; round < rounds; round += 1) {
    const [victim, other] = [await openVictim(bed), await openVictim(bed)]
    const { tenantId } = victim
    const name = await untilDone('dump', {})
    await untilDone('delete', { tenantId })
    await untilDone('drive', { aheadMs: 240_000 })

    // A restore that was killed left nothing but a schema: the next one begins in another database.
    let there = await openAnother(server, bed)
    for (let tries = 0; ; tries += 1) {
      const killAfterMs = tries < 2 ? anyMoment() * 5 : undefined
      const answer = await act('restore', {
        name,
        into: there.url,
        ...(killAfterMs === undefined ? {} : { killAfterMs }),
      })
      if (answer !== 'killed') break
      kills += 1
      const rows = await there.admin`select to_regclass('loom.tenants') is not null as made`
      if (rows[0]?.made) {
        await there.close()
        there = await openAnother(server, bed)
      }
    }
    await untilDone('follow', { url: there.url })
    await untilDone('drive', { url: there.url, aheadMs: 480_000 })

    for (const place of [bed, there.bed]) {
      const left = Object.entries(await snapshot(place, tenantId)).filter(([, rows]) => rows.length > 0)
      expect([round, left.map(([table]) => table)]).toEqual([round, ['tombstones']])
    }
    // Asked anew: this process had opened the keys, and forgets them within five minutes as any other.
    const vault = createFileVault({ directory: path.join(bed.home, 'keys'), masterKey, now: Date.now })
    await expect(vault.sealer(tenantId, 'content')).rejects.toMatchObject({ kind: 'not_found' })
    const kept = await snapshot(there.bed, other.tenantId)
    expect(kept.steps?.length).toBeGreaterThan(0)
    expect(kept.steps).toEqual((await snapshot(bed, other.tenantId)).steps)
    await there.close()
  }
  expect(kills).toBeGreaterThan(rounds)
})
