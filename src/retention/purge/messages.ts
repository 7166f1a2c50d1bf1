import { LoomError } from '../../core/errors.ts'
import { keepDays } from '../../core/keep-days.ts'
import { purgeBriefsOf } from './briefs.ts'
import { batch, batchOf, inBatches, type PurgeDeps } from './deps.ts'

const foreignKey = '23503'

/**
 * Removes messages that are over their time, with the citations of them. A brief lives no longer than its prompt: where a
 * younger one hangs on an older message it goes first.
 */
export async function purgeMessages(deps: PurgeDeps): Promise<number> {
  const hours = keepDays.brief * 24
  return inBatches(deps, async (rows) => {
    deps.at?.('messages:batch')
    const drop = () =>
      batch(deps, async ({ sql }) => {
        const gone = await sql`
          delete from loom.messages where ctid = any(array(
            select ctid from loom.messages where created_at <= loom.clock() - ${hours} * interval '1 hour'
            order by created_at limit ${rows} for update skip locked))`
        return gone.count
      })
    try {
      return await drop()
    } catch (thrown) {
      if (!(thrown instanceof LoomError) || thrown.detail !== foreignKey) throw thrown
      await purgePrompted(deps, { hours, rows })
      return drop()
    }
  })
}

/** The briefs whose prompt is among the messages that would go next. */
async function purgePrompted(deps: PurgeDeps, at: { hours: number; rows: number }): Promise<void> {
  const due = await batch(
    deps,
    ({ sql }) => sql<{ tenant_id: string; id: string }[]>`
      select tenant_id, id from loom.messages where created_at <= loom.clock() - ${at.hours} * interval '1 hour'
      order by created_at limit ${at.rows}`,
  )
  for (const [tenantId, own] of Map.groupBy(due, (row) => row.tenant_id)) {
    const ids = own.map(({ id }) => id)
    const briefs = await batchOf(
      deps,
      tenantId,
      ({ sql }) => sql<{ id: string }[]>`
        select id from loom.briefs where prompt_message_id = any(${ids}::uuid[])`,
    )
    if (briefs.length > 0) await purgeBriefsOf(deps, tenantId, briefs)
  }
}
