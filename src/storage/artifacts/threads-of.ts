import { type InstallationSettings, installationSettings } from '../../core/installation.ts'
import { inTenant, type Store, type TenantContext } from '../database.ts'

/** The threads that an artifact's job belongs to, each with what its installation is set to. */
export async function threadsOf(
  store: Store,
  context: TenantContext,
  input: { artifactId: string },
): Promise<{ address: string; settings: InstallationSettings }[]> {
  return inTenant(store, context.tenantId, async ({ sql }) => {
    const rows = await sql<{ address: string; settings: object }[]>`
      select t.address, i.settings from loom.artifacts a
      join loom.job_threads jt on jt.job_id = a.job_id join loom.threads t on t.id = jt.thread_id
      join loom.installations i on i.id = t.installation_id where a.id = ${input.artifactId}`
    return rows.map(({ address, settings }) => ({ address, settings: installationSettings.parse(settings) }))
  })
}
