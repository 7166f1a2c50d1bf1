import { describe, expect, test } from 'vitest'
import { type Config, parseConfig, type RoleName } from '../src/config.ts'

const hosted = {
  LOOM_MODE: 'hosted',
  DATABASE_URL: 'postgres://bot:pw@db.example/loom',
  DATABASE_URL_WORKER: 'postgres://worker:pw@db.example/loom',
  DATABASE_URL_PURGE: 'postgres://purge:pw@db.example/loom',
  DATABASE_URL_DUMP: 'postgres://dump:pw@db.example/loom',
  REDIS_URL: 'rediss://:pw@cache.example:6379',
  S3_BUCKET: 'loom-files',
  S3_KEYS_BUCKET: 'loom-keys',
  KMS_KEY_ID: 'alias/loom',
  AWS_REGION: 'us-east-1',
  PUBLIC_URL: 'https://loom.example',
  ANTHROPIC_API_KEY: 'sk-secret-value',
}

function messageOf(environment: Record<string, string>, roles?: readonly RoleName[]): string {
  try {
    parseConfig(environment, roles)
    return 'no error'
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown)
  }
}

const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(hosted).filter(([name]) => !names.includes(name)))

describe('a hosted Loom', () => {
  test('starts with everything named, and takes no embedded stand-in for any of it', () => {
    const config = parseConfig(hosted)
    expect(config).toMatchObject({
      mode: 'hosted',
      database: { app: hosted.DATABASE_URL, worker: hosted.DATABASE_URL_WORKER, migrate: undefined },
      s3: { bucket: 'loom-files', kmsKeyId: 'alias/loom' },
      keys: { keysBucket: 'loom-keys', kmsKeyId: 'alias/loom', region: 'us-east-1' },
    })
  })

  test('is refused with the whole list of what is missing, and no value of what is there', () => {
    const message = messageOf({ LOOM_MODE: 'hosted', OPENAI_BASE_URL: 'https://proxy.example' })
    for (const name of Object.keys(hosted)) {
      if (!['LOOM_MODE', 'ANTHROPIC_API_KEY'].includes(name)) expect(message).toContain(`${name} `.trim())
    }
    expect(message).toContain('ANTHROPIC_API_KEY or OPENAI_API_KEY')
    expect(message).toMatch(/^The settings cannot be used:(\n {2}- .+)+\nSee \.env\.example\.$/)
  })

  test.each(Object.keys(hosted).filter((name) => name !== 'LOOM_MODE'))(
    'is refused when only %s is missing',
    (name) => {
      const message = messageOf(without(name))
      expect(message).toContain(name)
      expect(message).not.toContain('secret-value')
      expect(message).not.toContain('\n')
    },
  )

  test.each<[string, Record<string, string>, RegExp]>([
    ['one login for two roles', { DATABASE_URL_WORKER: hosted.DATABASE_URL }, /different logins/],
    [
      'the migrations’ login for the agents',
      { DATABASE_URL_MIGRATE: hosted.DATABASE_URL_WORKER },
      /DATABASE_URL_MIGRATE and DATABASE_URL_WORKER must be different logins/,
    ],
    ['a queue in the clear', { REDIS_URL: 'redis://cache.example' }, /REDIS_URL must begin with rediss/],
    [
      'a master key in a file',
      { LOOM_MASTER_KEY_FILE: '/etc/loom.key' },
      /LOOM_MASTER_KEY_FILE must not be set/,
    ],
    ['one bucket for files and keys', { S3_KEYS_BUCKET: 'loom-files' }, /must be another bucket/],
    ['links in the clear', { PUBLIC_URL: 'http://loom.example' }, /PUBLIC_URL must begin with https/],
  ])('is refused with %s', (_, change, fault) => {
    expect(messageOf({ ...hosted, ...change })).toMatch(fault)
  })

  test.each<[RoleName, string[]]>([
    ['worker', ['DATABASE_URL', 'DATABASE_URL_PURGE', 'DATABASE_URL_DUMP']],
    ['bot', ['DATABASE_URL_WORKER', 'DATABASE_URL_PURGE', 'DATABASE_URL_DUMP', 'ANTHROPIC_API_KEY']],
    ['scheduler', ['DATABASE_URL_WORKER', 'ANTHROPIC_API_KEY']],
  ])('needs for the %s alone only what that role has a use for', (role, names) => {
    expect(messageOf(without(...names), [role])).toBe('no error')
  })
})

describe('an embedded Loom', () => {
  test('takes parts of AWS one by one, each with what it needs', () => {
    const config: Config = parseConfig({ S3_BUCKET: 'files', AWS_REGION: 'eu-west-1' })
    expect([config.s3?.bucket, config.s3?.kmsKeyId, config.keys]).toEqual(['files', undefined, undefined])
    expect(messageOf({ S3_BUCKET: 'files' })).toContain('AWS_REGION is missing')
    expect(messageOf({ S3_KEYS_BUCKET: 'keys', AWS_REGION: 'eu-west-1' })).toContain('needs KMS_KEY_ID')
    expect(messageOf({ S3_BUCKET: 'files', AWS_REGION: 'Frankfurt' })).toContain(
      'AWS_REGION must be a region',
    )
  })

  test('says where a model server of one’s own goes instead of leaving it unused', () => {
    expect(messageOf({ OPENAI_BASE_URL: 'http://localhost:11434/v1' })).toContain('COMPATIBLE_BASE_URL')
  })
})

describe('a server of one’s own', () => {
  const base = { COMPATIBLE_BASE_URL: 'http://localhost:11434/v1' }

  test('has one model for all tiers, or one for each', () => {
    const one = parseConfig({ ...base, COMPATIBLE_MODELS: 'qwen3:32b' }).compatible
    expect(one?.models).toEqual({ deep: 'qwen3:32b', standard: 'qwen3:32b', quick: 'qwen3:32b' })
    const each = parseConfig({ ...base, COMPATIBLE_MODELS: 'deep=Qwen/Qwen3-32B, quick=qwen3:4b' }).compatible
    expect(each?.models).toEqual({ deep: 'Qwen/Qwen3-32B', standard: 'Qwen/Qwen3-32B', quick: 'qwen3:4b' })
  })

  test('costs nothing unless it is told what', () => {
    const settings = { ...base, COMPATIBLE_MODELS: 'a/b:c' }
    expect(parseConfig(settings).compatible?.prices).toEqual({})
    const told = parseConfig({ ...settings, COMPATIBLE_PRICES: 'a/b:c=0.20/0.80, x=1/2.5' }).compatible
    expect(told?.prices['a/b:c']).toMatchObject({ inputMicroUsd: 200_000, outputMicroUsd: 800_000 })
    expect(told?.prices.x).toMatchObject({ inputMicroUsd: 1_000_000, outputMicroUsd: 2_500_000 })
  })

  test.each([
    [{ COMPATIBLE_MODELS: '' }, 'COMPATIBLE_MODELS'],
    [{ COMPATIBLE_MODELS: 'one,two' }, 'COMPATIBLE_MODELS'],
    [{ COMPATIBLE_MODELS: 'm', COMPATIBLE_PRICES: 'm=cheap' }, 'COMPATIBLE_PRICES'],
    [{ COMPATIBLE_MODELS: 'm', COMPATIBLE_BASE_URL: 'http://models.example' }, 'COMPATIBLE_BASE_URL'],
  ])('is refused by the name of the setting: %j', (change, name) => {
    expect(messageOf({ ...base, ...change })).toContain(name)
  })
})

describe('Slack', () => {
  const one = { SLACK_SIGNING_SECRET: 'sign-secret', SLACK_BOT_TOKEN: 'xoxb-secret' }
  const many = { SLACK_SIGNING_SECRET: 'sign-secret', SLACK_CLIENT_ID: '1.2', SLACK_CLIENT_SECRET: 'secret' }

  test('is left out when none of its settings is there', () => {
    expect(parseConfig({}).slack).toBeUndefined()
    expect(parseConfig({ SLACK_API_URL: 'http://localhost:1/api' }).slack).toBeUndefined()
  })

  test('stands in one workspace by its token, or in many by OAuth, over HTTP or a socket', () => {
    expect(parseConfig(one).slack).toMatchObject({
      botToken: 'xoxb-secret',
      apiUrl: 'https://slack.com/api/',
    })
    expect(parseConfig(many).slack?.oauth).toEqual({ clientId: '1.2', clientSecret: 'secret' })
    const socket = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1' }
    expect(parseConfig(socket).slack).toMatchObject({ appToken: 'xapp-1', signingSecret: undefined })
    const elsewhere = parseConfig({ ...one, SLACK_API_URL: 'http://127.0.0.1:99/api' }).slack
    expect(elsewhere?.apiUrl).toBe('http://127.0.0.1:99/api/')
    expect(parseConfig({ ...hosted, ...many }).slack?.oauth?.clientId).toBe('1.2')
  })

  test.each<[string, Record<string, string>, RegExp]>([
    ['half of OAuth', { SLACK_SIGNING_SECRET: 's', SLACK_CLIENT_ID: '1.2' }, /needs SLACK_CLIENT_SECRET/],
    ['one workspace and many', { ...one, ...many }, /set one of them/],
    ['nobody to speak as', { SLACK_SIGNING_SECRET: 's' }, /SLACK_BOT_TOKEN \(one workspace\) or/],
    ['no way in', { SLACK_BOT_TOKEN: 'xoxb-1' }, /SLACK_SIGNING_SECRET \(over HTTP\) or SLACK_APP_TOKEN/],
    ['a person’s token', { ...one, SLACK_BOT_TOKEN: 'xoxp-secret' }, /SLACK_BOT_TOKEN must begin with xoxb-/],
    ['a bot token for the socket', { ...one, SLACK_APP_TOKEN: 'xoxb-secret' }, /must begin with xapp-/],
    ['one workspace of a hosted Loom', { ...hosted, ...one }, /SLACK_BOT_TOKEN must not be set/],
    ['a socket of a hosted Loom', { ...hosted, ...many, SLACK_APP_TOKEN: 'xapp-secret' }, /over HTTP/],
    ['unsigned requests of a hosted Loom', { ...hosted, ...many, SLACK_SIGNING_SECRET: '' }, /SLACK_SIGNING/],
  ])('is refused with %s, without a value', (_, settings, fault) => {
    const message = messageOf(settings)
    expect(message).toMatch(fault)
    expect(message).not.toContain('secret"')
    expect(message).not.toMatch(/xox[bp]-secret|sign-secret/)
  })
})

describe('Discord', () => {
  const id = '100000000000000001'
  const key = 'ab'.repeat(32)
  const own = { DISCORD_TOKEN: 'bot-token', DISCORD_APPLICATION_ID: id }
  const hostedOwn = { ...hosted, ...own, DISCORD_CLIENT_SECRET: 'client-secret' }

  test('is left out when none of its settings is there', () => {
    expect(parseConfig({}).discord).toBeUndefined()
    expect(parseConfig({ DISCORD_API_URL: 'http://localhost:1/api' }).discord).toBeUndefined()
  })

  test('stands by its Gateway, in as many shards as Discord wants, or by HTTP', () => {
    expect(parseConfig(own).discord).toEqual({
      ...{ token: 'bot-token', applicationId: id, apiUrl: 'https://discord.com/api', shards: 'auto' },
      ...{ publicKey: undefined, clientSecret: undefined, guildId: undefined },
    })
    const shards = (text: string) => parseConfig({ ...own, DISCORD_SHARDS: text }).discord?.shards
    expect([shards('auto'), shards('4'), shards('0-3/16'), shards('5/16')]).toEqual([
      'auto',
      { first: 0, last: 3, of: 4 },
      { first: 0, last: 3, of: 16 },
      { first: 5, last: 5, of: 16 },
    ])
    const http = { ...hostedOwn, DISCORD_PUBLIC_KEY: key, DISCORD_API_URL: 'http://127.0.0.1:99/api/' }
    expect(parseConfig(http).discord).toMatchObject({ publicKey: key, apiUrl: 'http://127.0.0.1:99/api' })
  })

  test.each<[string, Record<string, string>, RegExp]>([
    ['no application', { DISCORD_TOKEN: 'bot-token' }, /DISCORD_APPLICATION_ID is missing/],
    ['no bot', { DISCORD_APPLICATION_ID: id }, /DISCORD_TOKEN is missing/],
    ['a key that is none', { ...own, DISCORD_PUBLIC_KEY: 'abc' }, /64 letters and digits/],
    [
      'an id that is none',
      { ...own, DISCORD_GUILD_ID: 'my server' },
      /DISCORD_GUILD_ID must be a long number/,
    ],
    ['a shard too many', { ...own, DISCORD_SHARDS: '0-4/4' }, /DISCORD_SHARDS must be auto/],
    ['shards of no Gateway', { ...own, DISCORD_SHARDS: '4', DISCORD_PUBLIC_KEY: key }, /leaves closed/],
    ['no link for a hosted Loom', { ...hosted, ...own }, /DISCORD_CLIENT_SECRET is missing/],
    ['one server of a hosted Loom', { ...hostedOwn, DISCORD_GUILD_ID: id }, /must not be set/],
  ])('is refused with %s, without a value', (_, settings, fault) => {
    const message = messageOf(settings)
    expect(message).toMatch(fault)
    expect(message).not.toMatch(/bot-token|client-secret/)
  })
})

describe('a mail server', () => {
  const url = 'smtp://loom:pass%20word%401@mail.example:2525'
  const from = 'Loom <privacy@loom.example>'

  test('is taken with its login, and nothing is said to it in the open but on this machine', () => {
    expect(parseConfig({ LOOM_MAIL_URL: url, LOOM_MAIL_FROM: from }).mail).toEqual({
      host: 'mail.example',
      port: 2525,
      secure: false,
      login: { user: 'loom', pass: 'pass word@1' },
      needsTls: true,
      from: { name: 'Loom', address: 'privacy@loom.example' },
    })
    const here = { LOOM_MAIL_URL: 'smtp://127.0.0.1:1025', LOOM_MAIL_FROM: 'a@loom.example' }
    expect(parseConfig(here).mail).toMatchObject({
      needsTls: false,
      from: { name: '', address: 'a@loom.example' },
    })
    const tls = { LOOM_MAIL_URL: 'smtps://mail.example', LOOM_MAIL_FROM: from }
    expect(parseConfig(tls).mail).toMatchObject({ secure: true, needsTls: true, port: undefined })
    expect(parseConfig({}).mail).toBeUndefined()
    expect(parseConfig({ ...hosted, LOOM_MAIL_URL: url, LOOM_MAIL_FROM: from }).reach.connected).toContain(
      'mail',
    )
  })

  test.each([
    [{ LOOM_MAIL_URL: url }, 'LOOM_MAIL_URL needs LOOM_MAIL_FROM'],
    [{ LOOM_MAIL_FROM: from }, 'LOOM_MAIL_FROM needs LOOM_MAIL_URL'],
    [{ LOOM_MAIL_URL: 'smtp://loom@mail.example', LOOM_MAIL_FROM: from }, 'both a user and a password'],
    [{ LOOM_MAIL_URL: 'https://mail.example', LOOM_MAIL_FROM: from }, 'beginning with smtp://'],
    [{ LOOM_MAIL_URL: 'smtp://a:b%zz@mail.example', LOOM_MAIL_FROM: from }, 'write it as %25'],
    [{ LOOM_MAIL_URL: url, LOOM_MAIL_FROM: 'Loom' }, 'must be an address'],
    [{ LOOM_MAIL_URL: url, LOOM_MAIL_FROM: 'a@b.example, c@d.example' }, 'must be an address'],
    [{ LOOM_MAIL_URL: url, LOOM_MAIL_FROM: 'Loom\r\nBcc: x <a@b.example>' }, 'must be an address'],
  ])('named as %j is refused', (environment, words) => {
    const message = messageOf(environment as Record<string, string>)
    expect(message).toContain(words)
    expect(message).not.toContain('pass%20')
  })
})
