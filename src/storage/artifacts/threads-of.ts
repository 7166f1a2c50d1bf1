import { type InstallationSettings, installationSettings } from '../../core/installation.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

interface ThreadOf {
  thread: ThreadId
  installationId: string
  settings: InstallationSettings
}

/** The threads that an artifact's job belongs to, each with its installation and what that is set to. */
export async function threadsOf(
  store: Store,
  context: TenantContext,
  input: { artifactId: string },
): Promise<ThreadOf[]> {
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const rows = await sql<{ address: ThreadId; id: string; settings: object }[]>`
      select t.address, i.id, i.settings from loom.artifacts a
      join loom.job_threads jt on jt.job_id = a.job_id join loom.threads t on t.id = jt.thread_id
      join loom.installations i on i.id = t.installation_id where a.id = ${input.artifactId}`
    return rows.map(({ address, id, settings }) => ({
      thread: address,
      installationId: id,
      settings: installationSettings.parse(settings),
    }))
  })
}
