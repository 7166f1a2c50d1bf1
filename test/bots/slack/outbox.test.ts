import { createHash, randomUUID } from 'node:crypto'
import { expect, inject, test, vi } from 'vitest'
import { startOutbox } from '../../../src/bots/outbox.ts'
import { createSlackPorts } from '../../../src/bots/slack/port/ports.ts'
import { createLinks } from '../../../src/core/links.ts'
import type { Log } from '../../../src/core/ports.ts'
import { threadId } from '../../../src/core/thread-id.ts'
import { sayInThread } from '../../../src/storage/deliveries/say.ts'
import { loadInstallation } from '../../../src/storage/installations/find.ts'
import { revokeInstallation } from '../../../src/storage/installations/revoke.ts'
import { saveInstallation } from '../../../src/storage/installations/save.ts'
import { openTokens } from '../../../src/storage/installations/tokens.ts'
import { objectKeys } from '../../../src/storage/objects/keys.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import { startSlack } from '../../fakes/slack/server.ts'
import { only, systemOf, type Tenant } from '../../storage/support/bed.ts'
import { commitOf, done, fileOf, stepOf, workingTask } from '../../storage/support/jobs.ts'
import { openTestBed, silentLog } from '../../support/store.ts'

test('a job in a thread of Slack shows its card, then its answer with the file, and nothing twice', async () => {
  await using scene = await open()
  const holder = randomUUID()
  const mention = { thread: scene.thread, author: { externalId: scene.person.id, name: 'ada' } }
  const job = await workingTask(scene.bed, scene.tenant, { holder, graph: { a: [] }, mention })
  const outbox = scene.start()
  const posts = () => scene.room.thread(scene.root).slice(1)
  await vi.waitUntil(() => posts().length === 1, { timeout: 20_000, interval: 20 })
  expect(posts()[0]?.buttons.map(({ label }) => label)).toEqual(['Stop', 'Adjust cap', 'Details'])
  const report = fileOf('final/report.md', '# The report')
  const { tenantId } = scene.tenant
  const key = objectKeys.blob({ tenantId, jobId: job.jobId }, report.sha256)
  await scene.bed.store().objects.put(key, Buffer.from('# The report'), { mediaType: 'text/markdown' })
  const commit = commitOf(job.held, job.keys, {
    step: stepOf(),
    files: [report],
    answers: true,
    ...done('Churn rose.'),
  })
  await commitSteps(scene.tenant.store, systemOf(scene.tenant), { holder, commits: [commit] })
  await vi.waitUntil(() => posts().some(({ files }) => files.length > 0), { timeout: 20_000, interval: 20 })
  await outbox.close()
  const [card, answer, file, ...others] = posts()
  expect(others).toEqual([])
  expect(card?.buttons).toEqual([])
  expect(card?.text).toContain('done')
  expect(answer?.text).toContain('Churn rose.')
  expect(answer?.buttons.map(({ label }) => label)).toEqual(['☆ Keep', 'Helpful', 'Not helpful'])
  expect(answer?.links[0]).toMatchObject({ label: 'final/report.md' })
  expect(file?.files[0]?.bytes.toString()).toBe('# The report')
})

test('a word for one person reaches that person alone', async () => {
  await using scene = await open()
  const { installationId } = scene.tenant
  const said = {
    installationId,
    thread: scene.thread,
    subject: 'hello',
    text: 'Only you.',
    onlyFor: scene.person.id,
  }
  await sayInThread(scene.tenant.store, scene.tenant.context, said)
  const outbox = scene.start()
  await vi.waitUntil(() => scene.slack.callsTo('chat.postEphemeral').length === 1, {
    timeout: 20_000,
    interval: 20,
  })
  await outbox.close()
  expect(scene.room.thread(scene.root)).toHaveLength(1)
})

test('a delivery waits as long as Slack says', async () => {
  await using scene = await open()
  scene.slack.faults.next('chat.postMessage', { status: 429, retryAfterS: 3_600 })
  await scene.say('Hello.')
  const outbox = scene.start()
  const due = async () => {
    const rows = await scene.bed.admin<{ wait: number | null }[]>`
      select case when holder is null then extract(epoch from due_at - now())::float8 end as wait
      from loom.due_deliveries`
    return only(rows).wait ?? 0
  }
  await vi.waitUntil(async () => (await due()) > 3_500, { timeout: 20_000, interval: 20 })
  await outbox.close()
})

test('one who is not served yet does not hold up the others', async () => {
  await using scene = await open()
  scene.slack.faults.next('chat.postMessage', { hang: true })
  await scene.say('First.')
  const outbox = scene.start()
  await vi.waitUntil(() => scene.slack.callsTo('chat.postMessage').length === 1, {
    timeout: 20_000,
    interval: 20,
  })
  await scene.say('Second.')
  await vi.waitUntil(() => scene.texts().includes('Second.'), { timeout: 10_000, interval: 20 })
  scene.slack.faults.mend()
  await scene.slack.close()
  await outbox.close()
})

test('where Loom was removed nothing is sent any more, and it is noted without a word of content', async () => {
  await using scene = await open()
  await scene.say('Secret words.')
  const { context, installationId, store } = scene.tenant
  await revokeInstallation(store, context, { installationId })
  await scene.say('Other secret words.')
  const notes: unknown[] = []
  const log: Log = { ...silentLog, warn: (...all) => notes.push(all), child: () => log }
  const outbox = scene.start(log)
  await vi.waitUntil(() => notes.length > 0, { timeout: 20_000, interval: 20 })
  await outbox.close()
  expect(scene.slack.calls).toEqual([])
  expect(JSON.stringify(notes)).toContain('forbidden')
  expect(JSON.stringify(notes)).not.toMatch(/secret|xoxb/iu)
})

async function open() {
  const server = only(inject('servers'))
  const [bed, slack] = await Promise.all([openTestBed(server), startSlack()])
  const team = slack.addTeam({ name: 'Acme' })
  const person = team.addUser({ name: 'ada' })
  const install = team.install()
  const room = team.addChannel({ name: 'churn', members: [person, install] })
  const { ts: root } = await person.says(room.id, 'Compare the exports.')
  const { appId, botToken, botUserId } = install
  const store = bed.store()
  const account = await saveInstallation(store, {
    platform: 'slack',
    kind: 'team',
    externalId: team.id,
    tokens: { botToken, botUserId, appId },
    scopes: install.scopes,
    installer: { externalId: person.id, name: 'ada' },
  })
  const actor = { kind: 'person', identityId: account.identityId } as const
  const tenant: Tenant = { ...account, store, context: { tenantId: account.tenantId, actor } }
  const thread = threadId('slack', room.id, root)
  const accessOf = async (installation: { installationId: string }) => {
    const [tokens, installed] = await Promise.all([
      openTokens(store, tenant.context, installation),
      loadInstallation(store, tenant.context, installation),
    ])
    return { botToken: tokens.botToken, scopes: installed?.scopes ?? [] }
  }
  return {
    bed,
    slack,
    person,
    room,
    root,
    tenant,
    thread,
    texts: () => room.thread(root).map(({ text }) => text),
    say: (text: string) =>
      sayInThread(store, tenant.context, {
        installationId: account.installationId,
        thread,
        subject: randomUUID(),
        text,
      }),
    start: (log: Log = silentLog) =>
      startOutbox({
        store,
        port: createSlackPorts({ accessOf, slackApiUrl: slack.url, log, now: Date.now }),
        links: createLinks({
          key: createHash('sha256').update('k').digest(),
          baseUrl: 'https://loom.example',
          now: Date.now,
          ttlMs: 60_000,
        }),
        log,
      }),
    [Symbol.asyncDispose]: async () => {
      await slack.close()
      await bed.close()
    },
  }
}
