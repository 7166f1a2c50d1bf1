import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeyPurpose } from '../../../src/core/words.ts'
import { createFileVault } from '../../../src/storage/vault/file-vault.ts'
import { type VaultSetup, vaultContract } from '../../contracts/vault.ts'

async function openHome() {
  const home = await mkdtemp(path.join(tmpdir(), 'loom-vault-'))
  const directory = path.join(home, 'keys')
  const fileOf = (tenantId: string, purpose: KeyPurpose) => path.join(directory, tenantId, `${purpose}.key`)
  return { directory, fileOf, close: () => rm(home, { recursive: true, force: true }) }
}

async function setup(): Promise<VaultSetup> {
  const { close, directory, fileOf } = await openHome()
  const masterKey = randomBytes(32)
  let clock = 1_000_000
  const now = () => clock
  return {
    open: (part = {}) => createFileVault({ directory, masterKey, now, ...part }),
    stranger: async () => createFileVault({ directory, masterKey: randomBytes(32), now }),
    advance: (ms) => {
      clock += ms
    },
    async stored(tenantId) {
      const names = await readdir(path.join(directory, tenantId)).catch(() => [])
      return new Map(
        await Promise.all(
          names.map(
            async (name) =>
              [name.replace('.key', ''), await readFile(path.join(directory, tenantId, name))] as const,
          ),
        ),
      )
    },
    replace: (tenantId, purpose, stored) => writeFile(fileOf(tenantId, purpose), stored),
    async block(tenantId, purpose) {
      const file = fileOf(tenantId, purpose)
      const content = await readFile(file)
      await rm(file)
      await mkdir(file)
      return async () => {
        await rm(file, { recursive: true })
        await writeFile(file, content)
      }
    },
    close,
  }
}

vaultContract('the vault in files', setup)

describe('the vault in files', () => {
  let home: Awaited<ReturnType<typeof openHome>>
  const masterKey = randomBytes(32)
  const open = (key = masterKey) =>
    createFileVault({ directory: home.directory, masterKey: key, now: Date.now })
  beforeEach(async () => {
    home = await openHome()
  })
  afterEach(() => home.close())

  it('keeps wrapped keys that only the owner reads, and never the key itself', async () => {
    const tenantId = randomUUID()
    await open().create(tenantId)
    const file = home.fileOf(tenantId, 'content')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700)
    expect(await readFile(file)).toHaveLength(12 + 8 + 32 + 16)
    expect((await readdir(path.dirname(file))).sort()).toEqual([
      'chat.key',
      'content.key',
      'integrations.key',
    ])
  })

  it('leaves no folder of a tenant whose keys were destroyed', async () => {
    const tenantId = randomUUID()
    await open().create(tenantId)
    await open().destroy(tenantId)
    expect(await readdir(home.directory)).toEqual([])
  })

  it('says so when the master key is another one', async () => {
    const tenantId = randomUUID()
    await open().create(tenantId)
    await expect(open(randomBytes(32)).sealer(tenantId, 'content')).rejects.toMatchObject({
      kind: 'corrupt',
      message: 'The master key does not open the keys stored beside it. Put the right master key file back.',
    })
  })

  // Written down with the first version of Loom that had a vault: a home from then must open for ever.
  it('opens what the first homes hold', async () => {
    const tenantId = '0196d0a4-5a7e-7c3b-9d51-0c8c2f1d4e6a'
    const file = home.fileOf(tenantId, 'content')
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(
      file,
      Buffer.from(
        '1MWsPRuji/jP4dvH8K3O3q4BMKQDnNffzBBvyZws+vVOyj0cKtwO+5RCYc1+FKRR3y42z7HI0GPE+7hnW6G2WWQ5O/I=',
        'base64',
      ),
    )
    const vault = open(Buffer.alloc(32, 7))
    const sealer = await vault.sealer(tenantId, 'content')
    const sealed = Buffer.from(
      'AQB8c/+3ZYRtmWyORcdDFUjZGK2lu17y0khM8Igt9NtUHm9/Izvfb02FuYDlOtQUVQ==',
      'base64',
    )
    expect(sealer.openText('x', sealed)).toBe('from before')
    expect(sealer.hash('a', 'b').toString('base64')).toBe('mwI+71SVwt5xynmTLNcVywF+KoEW5ZPxVl/xylU4tmY=')
    expect((await vault.directoryHash('slack:team', 'T1')).toString('base64')).toBe(
      'qibatzoKiGuJMiTVW45FmtwXcfaWzB7oz5jufJCc5nY=',
    )
    expect((await vault.derive('artifact-links')).toString('base64')).toBe(
      '8wESDGxY+vRm/I06lA73+RrzzgCxdjF6lXLlHANU7gs=',
    )
  })
})
