import { randomBytes } from 'node:crypto'
import { describe, expect, inject, test } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { startCompatible } from '../fakes/compatible-server.ts'
import { type FakeKms, startKms } from '../fakes/kms-server.ts'
import { startOpenAi } from '../fakes/openai-server.ts'
import { type S3Fake, startS3 } from '../fakes/s3-server.ts'
import { freePort, useProcesses } from '../story/processes.ts'

const processes = useProcesses()

async function doctor(env: Record<string, string>, ...words: string[]) {
  const cwd = await processes.folder()
  return processes.run('src/cli/loom.ts', ['doctor', ...words], { cwd, env }).ended
}

/** The findings by part, each with its sign. */
function findings(stdout: string): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  let part = ''
  for (const line of stdout.split('\n')) {
    const [, sign, name, text] = /^ {2}([✓·✗]) (.{10})(.*)$/.exec(line) ?? []
    if (!sign || name === undefined) continue
    part = name.trim() || part
    found[part] = [...(found[part] ?? []), `${sign} ${text}`]
  }
  return found
}

/** The fakes as a process is told of them. */
const awsSettings = (kms: FakeKms, s3: S3Fake) => ({
  AWS_REGION: kms.region,
  AWS_ACCESS_KEY_ID: kms.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: kms.credentials.secretAccessKey,
  S3_BUCKET: 'loom-files',
  S3_KEYS_BUCKET: 'loom-keys',
  KMS_KEY_ID: '0af1',
  AWS_ENDPOINT_URL_S3: s3.endpoint,
  AWS_ENDPOINT_URL_KMS: kms.endpoint,
})

const claudes = ['claude-opus-5-5', 'claude-sonnet-5-5', 'claude-haiku-5-5']
const gpts = ['gpt-5.6-sol', 'gpt-5.6-terra', 'gpt-5.6-luna']

describe('npm run loom -- doctor', () => {
  test('finds every part of a sound place, by the way it would be used', async () => {
    await using claude = await startAnthropic({ script: [], models: claudes })
    await using gpt = await startOpenAi({ script: [], models: gpts })
    await using own = await startCompatible({ script: [], models: ['qwen3:8b', 'llama4:latest'] })
    await using kms = await startKms({ keys: ['0af1'] })
    const { credentials, region } = kms
    await using s3 = await startS3({
      region,
      ...credentials,
      buckets: [{ name: 'loom-files', requireKms: true }, { name: 'loom-keys' }],
    })
    const bed = await processes.bed()
    const redisUrl = inject('redisUrl')
    const ended = await doctor({
      DATABASE_URL: bed.url,
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
      ...awsSettings(kms, s3),
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: claude.origin,
      OPENAI_API_KEY: 'test-key',
      OPENAI_BASE_URL: `${gpt.origin}/v1`,
      COMPATIBLE_BASE_URL: `${own.origin}/v1`,
      COMPATIBLE_API_KEY: 'test-key',
      COMPATIBLE_MODELS: 'deep=llama4, standard=qwen3:8b, quick=qwen3:8b',
    })
    const found = findings(ended.stdout)
    expect(
      Object.values(found)
        .flat()
        .filter((line) => line.startsWith('✗')),
    ).toEqual([])
    expect(Object.keys(found)).toEqual(['settings', 'database', 'queue', 'files', 'keys', 'models'])
    expect(found.files?.at(-1)).toContain('It has no lifecycle rules')
    expect(found.models).toEqual([
      `✓ Anthropic answers and has ${claudes.join(', ')}.`,
      `✓ OpenAI answers and has ${gpts.join(', ')}.`,
      '✓ Your model server answers and has llama4, qwen3:8b.',
    ])
    expect([ended.code, ended.stdout.trim().split('\n').at(-1)]).toEqual([
      0,
      'Everything that is named answers.',
    ])
    expect(s3.objects('loom-files')).toEqual([])
    expect(s3.objects('loom-keys')).toEqual([])
  })

  test('says of each fault what it is and what to do, all in one run, and exits with 1', async () => {
    await using claude = await startAnthropic({ script: [], models: claudes, apiKey: 'another-key' })
    await using gpt = await startOpenAi({ script: [], models: ['gpt-5.6-terra', 'gpt-5.6-luna'] })
    await using kms = await startKms({ keys: ['0af1'] })
    const { credentials, region } = kms
    kms.setState('0af1', 'Disabled')
    await using s3 = await startS3({ region, ...credentials, buckets: [{ name: 'loom-keys' }] })
    const bed = await processes.bed()
    const secret = randomBytes(8).toString('hex')
    const wrong = new URL(bed.url)
    wrong.username = `loom_nobody_${secret}`
    wrong.password = secret
    const ended = await doctor({
      DATABASE_URL: wrong.href,
      REDIS_URL: `redis://:${secret}@127.0.0.1:${await freePort()}`,
      ...awsSettings(kms, s3),
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: claude.origin,
      OPENAI_API_KEY: 'test-key',
      OPENAI_BASE_URL: `${gpt.origin}/v1`,
      COMPATIBLE_BASE_URL: `http://127.0.0.1:${await freePort()}/v1`,
      COMPATIBLE_MODELS: 'qwen3:8b',
    })
    expect(ended.code).toBe(1)
    const found = findings(ended.stdout)
    for (const part of ['database', 'queue', 'files', 'keys', 'models']) {
      expect(
        found[part]?.some((line) => line.startsWith('✗')),
        part,
      ).toBe(true)
    }
    expect(found.files?.join()).toContain('There is no bucket that S3_BUCKET names.')
    expect(found.queue?.join()).toContain('REDIS_URL')
    expect(found.models).toEqual([
      '✗ The key for Anthropic was refused. Check ANTHROPIC_API_KEY.',
      '✗ OpenAI does not have gpt-5.6-sol for this key. Choose another with npm run loom -- models.',
      '✗ Your model server does not answer. Check that it runs and that COMPATIBLE_BASE_URL is its address.',
    ])
    const all = ended.stdout + ended.stderr
    for (const private_ of [secret, credentials.secretAccessKey, 'test-key'])
      expect(all).not.toContain(private_)
  })

  test('on a machine with nothing says that nothing is missing', async () => {
    const bed = await processes.bed()
    const ended = await doctor({ DATABASE_URL: bed.url })
    expect(ended.code).toBe(0)
    const found = findings(ended.stdout)
    expect(found.queue).toEqual(['✓ On the database.'])
    expect(found.models?.join()).toContain('The rehearsal model works')
  })

  test('lists what a hosted role misses, without trying anything', async () => {
    const ended = await doctor({ LOOM_MODE: 'hosted' }, 'worker')
    expect([ended.code, ended.stdout]).toEqual([1, ''])
    for (const setting of ['DATABASE_URL_WORKER', 'REDIS_URL', 'S3_BUCKET', 'S3_KEYS_BUCKET', 'KMS_KEY_ID']) {
      expect(ended.stderr).toContain(setting)
    }
  })
})
