import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { PermissionsBitField } from 'discord.js'
import { expect, test } from 'vitest'
import { inviteUrl } from '../../../src/bots/discord/index.ts'

test('the page names the permissions that the invitation asks for, and no others', async () => {
  const docs = await readFile(path.join(import.meta.dirname, '../../../docs/discord.md'), 'utf8')
  const [, table = ''] = docs.split('| permission | why |\n| --- | --- |\n')
  const named = table
    .split('\n\n')[0]
    ?.split('\n')
    .map((row) => row.split('|')[1]?.trim().toLowerCase())
  const url = inviteUrl({ apiUrl: 'https://discord.com/api', applicationId: '1' })
  const asked = new PermissionsBitField(BigInt(url.searchParams.get('permissions') ?? 0)).toArray()
  // Discord's own pages say "View Channels" for what its API calls ViewChannel.
  const inWords = asked.map((name) =>
    name
      .replace(/(?<!^)([A-Z])/g, ' $1')
      .toLowerCase()
      .replace(/^view channel$/, 'view channels'),
  )
  expect(named?.toSorted()).toEqual(inWords.toSorted())
  expect(url.href).toMatch(
    /^https:\/\/discord\.com\/oauth2\/authorize\?client_id=1&scope=bot\+applications\.commands/,
  )
})
