import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import postgres from 'postgres'
import { afterEach, describe, expect, inject, test, vi } from 'vitest'
import { startAnthropic } from '../fakes/anthropic-server.ts'
import { startKms } from '../fakes/kms-server.ts'
import { type S3Fake, startS3 } from '../fakes/s3-server.ts'
import { documentOf, examples, expectExit, freePort, until, useProcesses } from './processes.ts'
import { expectEndedOnce, rowsOf } from './rows.ts'
import { claudeSays, expectAnswer, expectPrices, files, pricesOf, steps, words } from './said.ts'

vi.setConfig({ testTimeout: 180_000 })

const kmsKeyId = 'arn:aws:kms:eu-central-1:111122223333:key/0af1'
const redisDatabase = 8

/** Logins of which each may act as one role and no other, for one database. */
async function loginsFor(databaseUrl: string) {
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => undefined })
  const mark = randomBytes(4).toString('hex')
  const urlOf = (name: string) => {
    const url = new URL(databaseUrl)
    url.username = name
    url.password = 'login-secret'
    return url.href
  }
  const names = { app: `loom_test_app_${mark}`, worker: `loom_test_worker_${mark}` }
  await admin.unsafe(`create role ${names.app} login password 'login-secret' in role loom_app`)
  await admin.unsafe(`create role ${names.worker} login password 'login-secret' in role loom_worker`)
  return {
    app: urlOf(names.app),
    worker: urlOf(names.worker),
    names,
    async close() {
      for (const name of Object.values(names)) {
        await admin`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${name}`
        await admin.unsafe(`drop role if exists ${name}`)
      }
      await admin.end()
    },
  }
}

const processes = useProcesses()
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** S3, KMS, the machine's Redis and a database with a login per role, as the settings of a process. */
async function openPlace() {
  const [cwd, bed, port] = await Promise.all([processes.folder(), processes.bed('system'), freePort()])
  const kms = await startKms({ keys: ['0af1'] })
  closers.push(() => kms[Symbol.asyncDispose]())
  const s3 = await startS3({
    region: kms.region,
    ...kms.credentials,
    buckets: [{ name: 'loom-files', versioning: 'Enabled', requireKms: true }, { name: 'loom-keys' }],
  })
  closers.push(() => s3[Symbol.asyncDispose]())
  const logins = await loginsFor(bed.url)
  closers.push(() => logins.close())
  const redisUrl = inject('redisUrl')
  const env = {
    DATABASE_URL: logins.app,
    DATABASE_URL_WORKER: logins.worker,
    DATABASE_URL_MIGRATE: bed.url,
    ...(redisUrl ? { REDIS_URL: `${redisUrl}/${redisDatabase}` } : {}),
    AWS_REGION: kms.region,
    AWS_ACCESS_KEY_ID: s3.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: s3.credentials.secretAccessKey,
    S3_BUCKET: 'loom-files',
    S3_KEYS_BUCKET: 'loom-keys',
    KMS_KEY_ID: kmsKeyId,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_KMS: kms.endpoint,
    PORT: String(port),
  }
  return { cwd, bed, s3, kms, env, port, logins, home: path.join(cwd, '.loom') }
}

const question = 'Which plan lost the most customers?'
const churn = ['churn-january.csv', 'churn-february.csv'].map((name) => path.join(examples, name))

describe('the story brief on hosted stores', () => {
  test('leaves its files in S3 under KMS, its keys wrapped in their own bucket, and nothing of them on this disk', async () => {
    const place = await openPlace()
    const { bed, cwd, home, kms, port, s3 } = place
    await using claude = await startAnthropic({ script: steps.map((said) => ({ reply: claudeSays(said) })) })
    const env = { ...place.env, ANTHROPIC_API_KEY: 'test-key', ANTHROPIC_BASE_URL: claude.origin }
    const ended = await processes.brief([...words, ...files], { cwd, env }).ended
    expectExit(ended, 0)
    const document = documentOf(ended)
    expectAnswer(document)
    await expectPrices(bed, document, pricesOf('anthropic/claude-sonnet-5-5', 'anthropic/claude-haiku-5-5'))
    expectEndedOnce(await rowsOf(bed.admin), { steps: document.receipt.steps })

    const [job] = await bed.admin<{ id: string; tenant_id: string }[]>`select id, tenant_id from loom.jobs`
    const stored = s3.objects('loom-files')
    expect(stored.length).toBeGreaterThanOrEqual(document.files.length + files.length)
    for (const object of stored) {
      expect(object.key).toMatch(new RegExp(`^${job?.tenant_id}/${job?.id}/blobs/[0-9a-f]{64}$`))
      expect(object).toMatchObject({ sse: 'aws:kms', kmsKeyId })
      expect(createHash('sha256').update(object.body).digest('hex')).toBe(object.key.slice(-64))
    }
    const keys = s3.objects('loom-keys').map((object) => object.key)
    expect(keys.sort()).toEqual([
      `${job?.tenant_id}/chat.key`,
      `${job?.tenant_id}/content.key`,
      `${job?.tenant_id}/integrations.key`,
      'installation/root.key',
    ])
    const wrappedFor = kms.calls.map(({ context }) => context).filter((context) => 'loom:tenant' in context)
    expect(wrappedFor.length).toBeGreaterThan(0)
    for (const context of wrappedFor) expect(context['loom:tenant']).toBe(job?.tenant_id)
    for (const name of ['keys', 'objects', 'master.key'])
      expect(existsSync(path.join(home, name))).toBe(false)

    // The person at the terminal has a copy of their own.
    const [report] = document.files
    const placed = await readFile(path.join(cwd, report?.localPath ?? ''), 'utf8')
    expect(placed).toBe('# Solo is the cheapest plan\n')

    // The links open where the files are, for minutes, as downloads.
    const bot = processes.run('src/main.ts', ['bot'], { cwd, env })
    await bot.says('Stop it with Ctrl-C.')
    const file = document.files.find(({ path: name }) => name === 'final/note.md')
    const link = await fetch(file?.url ?? '', { redirect: 'manual' })
    expect([link.status, link.headers.get('cache-control')]).toEqual([302, 'private, no-store'])
    const address = new URL(link.headers.get('location') ?? '')
    expect(address.origin).toBe(s3.endpoint)
    expect(Number(address.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(300)
    const found = await fetch(address)
    const bytes = Buffer.from(await found.arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file?.sha256)
    expect(found.headers.get('content-disposition')).toBe(
      `attachment; filename="note.md"; filename*=UTF-8''note.md`,
    )
    expect((await fetch(`http://localhost:${port}/a/x?k=y`, { redirect: 'manual' })).status).toBe(403)
    bot.child.kill('SIGTERM')
    expectExit(await bot.ended, 0)
  })
})

// Hosted, the queue is on Redis and on nothing else.
describe.skipIf(!inject('redisUrl'))('a hosted Loom', () => {
  const hosted = (place: Awaited<ReturnType<typeof openPlace>>) => {
    const { DATABASE_URL_MIGRATE: _, ...env } = place.env
    return {
      ...env,
      LOOM_MODE: 'hosted',
      PUBLIC_URL: `http://localhost:${place.port}`,
      ANTHROPIC_API_KEY: 'test-key',
    }
  }

  test('starts on its logins alone, each in a process of its own, and answers', async () => {
    const place = await openPlace()
    const env = hosted(place)
    const { DATABASE_URL: _app, ...workerEnv } = env
    const { ANTHROPIC_API_KEY: _key, DATABASE_URL_WORKER: _worker, ...botEnv } = env
    const bot = processes.run('src/main.ts', ['bot'], { cwd: place.cwd, env: botEnv })
    await bot.says('Stop it with Ctrl-C.')
    const worker = processes.run('src/main.ts', ['worker'], { cwd: place.cwd, env: workerEnv })
    await worker.says('Loom runs as worker with Claude. Stop it with Ctrl-C.')
    expect((await fetch(`http://localhost:${place.port}/readyz`)).status).toBe(200)
    const rows = await place.bed.admin<{ login: string }[]>`
      select distinct usename as login from pg_stat_activity where application_name like 'loom-%' and datname = current_database()`
    expect(rows.map((row) => row.login).sort()).toEqual(
      [place.logins.names.app, place.logins.names.worker].sort(),
    )
    for (const running of [bot, worker]) {
      running.child.kill('SIGTERM')
      expectExit(await running.ended, 0)
    }
  })

  test('does not start on a database that nobody has migrated, and says who should', async () => {
    const place = await openPlace()
    await place.bed
      .admin`delete from loom_migrations.applied where id = (select max(id) from loom_migrations.applied)`
    const ended = await processes.run('src/main.ts', ['bot'], { cwd: place.cwd, env: hosted(place) }).ended
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain('npm run loom -- migrate')
  })
})

/** A brief has started its database, its queue and its worker by then, which takes a busy machine a while. */
const inputsStored = (s3: S3Fake) =>
  until(() => s3.objects('loom-files').length >= churn.length, 'the inputs are stored', 120_000)

describe('trouble with the stores in the middle of a brief', () => {
  const troubles: [string, (s3: S3Fake) => void, string][] = [
    [
      'S3 takes nothing',
      (s3) => s3.fail({ match: ({ method }) => method === 'PUT', status: 403, code: 'AccessDenied' }),
      'The file store refused access. Trying again.',
    ],
    [
      'S3 gives nothing out',
      (s3) =>
        s3.fail({ match: ({ path: at }) => at.startsWith('/loom-files/'), status: 503, code: 'SlowDown' }),
      'The file store is asked too often just now. Trying again.',
    ],
  ]

  test.each(troubles)(
    '%s: the person reads so, and the brief ends when it is mended',
    async (_, trouble, words) => {
      const { bed, cwd, env, s3 } = await openPlace()
      const running = processes.brief([question, ...churn], { cwd, env })
      await inputsStored(s3)
      trouble(s3)
      await running.says(words)
      s3.mend()
      expectExit(await running.ended, 0)
      expectEndedOnce(await rowsOf(bed.admin))
    },
  )

  test('KMS and the keys’ bucket refuse for a while: the brief waits and ends', async () => {
    const { bed, cwd, env, kms, s3 } = await openPlace()
    const running = processes.brief([question, ...churn], { cwd, env })
    await inputsStored(s3)
    const callsBefore = kms.calls.length
    kms.fail({ count: Number.POSITIVE_INFINITY, type: 'ThrottlingException' })
    await until(() => kms.calls.length > callsBefore + 3, 'a worker asked for a key in vain')
    kms.recover()
    expectExit(await running.ended, 0)
    expectEndedOnce(await rowsOf(bed.admin))
  })
})
