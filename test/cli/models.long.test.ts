import { describe, expect, test } from 'vitest'
import { until, useProcesses } from '../story/processes.ts'

const processes = useProcesses()

async function place() {
  const [cwd, bed] = await Promise.all([processes.folder(), processes.bed()])
  const env = { DATABASE_URL: bed.url }
  const loom = (...words: string[]) => processes.loom(words, { cwd, env })
  return { cwd, bed, env, loom }
}

describe('npm run loom -- models', () => {
  test('shows the models of each tier, takes others and gives the default ones back', async () => {
    const { loom } = await place()
    expect((await loom('models')).stdout).toBe(
      [
        'deep      anthropic/claude-opus-5-5, openai/gpt-5.6-sol',
        'standard  anthropic/claude-sonnet-5-5, openai/gpt-5.6-terra',
        'quick     anthropic/claude-haiku-5-5, openai/gpt-5.6-luna',
        '',
      ].join('\n'),
    )
    expect(await loom('models', 'deep', 'openai/gpt-5.4, compatible/qwen3:32b')).toMatchObject({
      code: 0,
      stdout: 'deep: openai/gpt-5.4, compatible/qwen3:32b\n',
    })
    expect((await loom('models')).stdout).toContain('deep      openai/gpt-5.4, compatible/qwen3:32b\n')
    expect((await loom('models', 'deep', 'default')).stdout).toBe('deep has the default models again.\n')
    expect((await loom('models')).stdout).toContain('deep      anthropic/claude-opus-5-5')
  })

  test('refuses a tier that there is not and a model without a price, in a sentence', async () => {
    const { loom } = await place()
    expect(await loom('models', 'slow', 'openai/gpt-5.4')).toMatchObject({
      code: 1,
      stderr: 'There is no such tier. Say one of: deep, standard, quick.\n',
    })
    const unknown = await loom('models', 'deep', 'anthropic/claude-opus-9')
    expect(unknown.code).toBe(1)
    expect(unknown.stderr).toContain(
      'Loom knows no price for anthropic/claude-opus-9, so it does not call it.',
    )
  })
})

describe('npm run loom -- key', () => {
  test('takes the key from the input alone, shows it nowhere, and forgets it', async () => {
    const { bed, cwd, env, loom } = await place()
    const running = processes.run('src/cli/loom.ts', ['key', 'anthropic'], {
      cwd,
      env,
      stdin: 'sk-ant-very-secret\n',
    })
    const ended = await running.ended
    expect(ended).toMatchObject({
      code: 0,
      stdout: 'Kept, sealed, for anthropic. It is used from the next brief on.\n',
    })
    expect(ended.stderr).not.toContain('secret')
    const dump = await bed.admin`select to_jsonb(k)::text as row from loom.provider_keys k`
    expect(dump).toHaveLength(1)
    expect(JSON.stringify(dump)).not.toContain(Buffer.from('very-secret').toString('hex'))
    expect((await loom('key', 'anthropic', 'forget')).stdout).toBe('The key for anthropic is forgotten.\n')
    await until(
      async () => (await bed.admin`select 1 from loom.provider_keys`).length === 0,
      'the key is gone',
    )
  })

  test('refuses what is no key and what is no provider', async () => {
    const { cwd, env, loom } = await place()
    const empty = await processes.run('src/cli/loom.ts', ['key', 'openai'], { cwd, env, stdin: '\n' }).ended
    expect([empty.code, empty.stderr]).toEqual([1, 'That is no key: one word of at least 8 characters.\n'])
    expect(await loom('key', 'acme')).toMatchObject({
      code: 1,
      stderr: 'Name the provider: anthropic or openai.\n',
    })
  })
})

describe('a hosted Loom', () => {
  const hosted = {
    LOOM_MODE: 'hosted',
    DATABASE_URL: 'postgres://bot@127.0.0.1:1/loom',
    DATABASE_URL_WORKER: 'postgres://worker@127.0.0.1:1/loom',
    DATABASE_URL_PURGE: 'postgres://purge@127.0.0.1:1/loom',
    DATABASE_URL_DUMP: 'postgres://dump@127.0.0.1:1/loom',
    REDIS_URL: 'redis://127.0.0.1:1',
    S3_BUCKET: 'files',
    S3_KEYS_BUCKET: 'keys',
    KMS_KEY_ID: 'alias/loom',
    AWS_REGION: 'us-east-1',
    PUBLIC_URL: 'https://loom.example',
    ANTHROPIC_API_KEY: 'sk-none',
  }

  test.each([
    ['src/cli/brief.ts', ['What now?']],
    ['src/cli/loom.ts', ['jobs']],
  ])('gives the one at its keyboard no account: %s', async (script, words) => {
    const cwd = await processes.folder()
    const ended = await processes.run(script, words, { cwd, env: hosted }).ended
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/^A hosted Loom has no account of this machine\. .*\n$/)
  })
})
