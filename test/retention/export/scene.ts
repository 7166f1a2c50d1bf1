import { randomUUID } from 'node:crypto'
import { runCommand } from '../../../src/bots/desk/command.ts'
import type { Acting } from '../../../src/bots/desk/desk.ts'
import { createLinks } from '../../../src/core/links.ts'
import type { Role } from '../../../src/core/words.ts'
import { type DriveDeps, driveExports } from '../../../src/retention/export/drive.ts'
import { starArtifact } from '../../../src/storage/artifacts/change.ts'
import { sayTo } from '../../../src/storage/briefs/say.ts'
import { giveFeedback } from '../../../src/storage/feedback/give.ts'
import { ensurePerson } from '../../../src/storage/identities/ensure.ts'
import { stopJob } from '../../../src/storage/jobs/stop.ts'
import { objectKeys } from '../../../src/storage/objects/keys.ts'
import { createSchedule } from '../../../src/storage/schedules/create.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import { createWebApp } from '../../../src/web/app.ts'
import { exportHandler } from '../../../src/web/export-link.ts'
import { as, openDesk } from '../../bots/desk/scene.ts'
import { openTenant, sealerOf, systemOf, type Tenant } from '../../storage/support/bed.ts'
import { commitOf, done, fileOf, stepOf, workingTask } from '../../storage/support/jobs.ts'
import { silentLog, type TestBed } from '../../support/store.ts'

export type Person = Acting & { mark: string; externalId: string }

export async function openScene(bed: TestBed, now: () => number) {
  const tenant = await openTenant(bed)
  const common = { key: Buffer.alloc(32, 7), now, ttlMs: 86_400_000 }
  const exportLinks = createLinks({ ...common, baseUrl: 'https://loom.test', path: 'e' })
  const desk = { ...openDesk(tenant), exportLinks }
  const deps: DriveDeps = {
    store: tenant.store,
    linkTo: ({ exportId, tenantId }) => exportLinks.sign({ tenantId, artifactId: exportId }),
  }
  const handlers = {
    '/e/:export': exportHandler({ store: tenant.store, objects: tenant.store.objects, links: exportLinks }),
  }
  const links = createLinks({ ...common, baseUrl: 'https://loom.test' })
  const app = createWebApp({
    store: tenant.store,
    objects: tenant.store.objects,
    links,
    log: silentLog,
    handlers,
  })
  return {
    tenant,
    deps,
    /** Says a line to the desk, as somebody. */
    line: async (person: Acting, text: string) =>
      runCommand(desk, person, { text, command: '/loom', mention: '@Loom', nameOf: (id) => id }),
    /** Until nothing is due any more, of whomever. */
    drive: async () => {
      while ((await driveExports(deps)) > 0);
    },
    get: (url: string, headers: Record<string, string> = {}) => app.request(url, { headers }),
    keys: async () => {
      const keys: string[] = []
      for await (const { key } of tenant.store.objects.list(`${tenant.tenantId}/exports`)) keys.push(key)
      return keys
    },
  }
}

/** Somebody of the tenant, whose name and every word carry a mark by which they are found again. */
export async function person(tenant: Tenant, mark: string, role: Role = 'member'): Promise<Person> {
  const externalId = `${mark}-external`
  const someone = { platform: 'local', externalId, name: `${mark} Name` } as const
  const { identityId } = await ensurePerson(tenant.store, systemOf(tenant), someone)
  return { account: { ...tenant, identityId }, role, mark, externalId }
}

/**
 * A brief that somebody asked for and that ran to its end, with something in every entity that carries their mark: prompt,
 * file that came with it, transcript, artifact, star, answer, feedback, recurring brief. `other` says something meanwhile.
 */
export async function finishedBrief(bed: TestBed, tenant: Tenant, who: Person, other?: Person) {
  const { mark } = who
  const own = as(tenant, who)
  const { store } = tenant
  const holder = randomUUID()
  const job = await workingTask(bed, own, { holder, graph: { a: [] }, mention: { text: `${mark}-prompt` } })
  const { jobId, thread } = job
  const sealer = await sealerOf(tenant)
  const place = { tenantId: tenant.tenantId, jobId }
  const put = async (path: string, content: string) => {
    const file = fileOf(path, content)
    await store.objects.put(objectKeys.blob(place, file.sha256), Buffer.from(content), {
      mediaType: 'text/markdown',
    })
    return file
  }
  if (other) {
    await sayTo(store, as(tenant, other).context, { jobId, text: `${other.mark}-steering` })
  }
  const input = await put('inputs/input.csv', `${mark}-input`)
  const id = randomUUID()
  await bed.admin`
    insert into loom.attachments (tenant_id, id, brief_id, position, state, name_sealed, path_sealed, sha256, bytes, media_type)
    select ${tenant.tenantId}, ${id}, brief_id, 0, 'stored', ${sealer.seal(`attachments.name:${id}`, 'input.csv')},
           ${sealer.seal(`attachments.path:${id}`, 'inputs/input.csv')}, ${input.sha256}, ${input.bytes}, 'text/csv'
    from loom.jobs where id = ${jobId}`
  const report = await put('final/report.md', `${mark}-artifact`)
  const step = stepOf({
    reply: [
      { type: 'reasoning', provider: 'anthropic', data: 'sealed-by-a-provider' },
      { type: 'text', text: `${mark}-reply${other ? ` to ${other.mark} Name` : ''}` },
      { type: 'tool_call', id: 'c1', name: 'read_file', input: { path: 'inputs/input.csv' } },
    ],
    results: [
      {
        type: 'tool_result',
        callId: 'c1',
        name: 'read_file',
        content: [{ type: 'text', text: `${(other ?? who).mark}-tool-result` }],
        isError: false,
      },
    ],
    costMicroUsd: 1_000,
  })
  await commitSteps(store, systemOf(tenant), {
    holder,
    commits: [
      commitOf(job.held, job.keys, {
        step,
        files: [report],
        releaseMicroUsd: 0,
        ...done(`${mark}-hand-over`),
      }),
    ],
  })
  await stopJob(store, systemOf(tenant), { jobId, state: 'done', answer: `${mark}-answer` })
  await giveFeedback(store, own.context, { jobId, value: 1 })
  const [artifact] = await bed.admin`select id from loom.artifacts where job_id = ${jobId}`
  await starArtifact(store, own.context, { artifactId: String(artifact?.id) })
  const { installationId } = tenant
  const words = 'every monday at 9'
  await createSchedule(store, own.context, {
    ...{ installationId, thread, words, timeZone: 'UTC', prompt: `${mark}-recurring` },
  })
  return { ...job, sha256: report.sha256 }
}

/** What somebody's words carry in an export that holds all of them. */
export const canariesOf = (mark: string) =>
  [
    ...['prompt', 'input', 'reply', 'tool-result', 'hand-over', 'artifact', 'answer', 'recurring'],
    'external',
  ].map((what) => `${mark}-${what}`)
