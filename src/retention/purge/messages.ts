import { LoomError } from '../../core/errors.ts'
import { keepDays } from '../../core/keep-days.ts'
import { purgeBriefsOf } from './briefs.ts'
import { batch, batchOf, inBatches, type PurgeDeps } from './deps.ts'

const foreignKey = '23503'
/** With more than these something is wrong that no skipping mends. */
const mostHeld = 100

/**
 * Removes messages that are over their time, with the citations of them. A brief lives no longer than its prompt: where a
 * younger one hangs on an older message it goes first. A message that something else still refers to stays, alone.
 */
export async function purgeMessages(deps: PurgeDeps): Promise<{ removed: number; held: number }> {
  const hours = keepDays.brief * 24
  const held: string[] = []
  /** Of the next `rows`; where one of them is held, of fewer and fewer, until it is known which. */
  const drop = async (rows: number): Promise<number> => {
    const due = { hours, rows, held }
    const gone = await dropDue(deps, due)
    if (gone !== 'held') return gone
    await purgePrompted(deps, due)
    const without = await dropDue(deps, due)
    if (without !== 'held') return without
    if (rows > 1) return drop(Math.ceil(rows / 2))
    held.push(...(await nextDue(deps, due)).map(({ id }) => id))
    return held.length < mostHeld ? drop(rows) : 0
  }
  const removed = await inBatches(deps, (rows) => {
    deps.at?.('messages:batch')
    return drop(rows)
  })
  return { removed, held: held.length }
}

interface Due {
  hours: number
  rows: number
  /** Those that something refers to. */
  held: readonly string[]
}

async function dropDue(deps: PurgeDeps, { held, hours, rows }: Due): Promise<number | 'held'> {
  try {
    return await batch(deps, async ({ sql }) => {
      const gone = await sql`
        delete from loom.messages where ctid = any(array(
          select ctid from loom.messages
          where created_at <= loom.clock() - ${hours} * interval '1 hour' and id <> all(${held as string[]}::uuid[])
          order by created_at limit ${rows} for update skip locked))`
      return gone.count
    })
  } catch (thrown) {
    if (thrown instanceof LoomError && thrown.detail === foreignKey) return 'held'
    throw thrown
  }
}

/** The messages that would go next. */
function nextDue(deps: PurgeDeps, { held, hours, rows }: Due): Promise<{ tenant_id: string; id: string }[]> {
  return batch(
    deps,
    ({ sql }) => sql<{ tenant_id: string; id: string }[]>`
      select tenant_id, id from loom.messages
      where created_at <= loom.clock() - ${hours} * interval '1 hour' and id <> all(${held as string[]}::uuid[])
      order by created_at limit ${rows}`,
  )
}

/** The briefs whose prompt is among the messages that would go next. */
async function purgePrompted(deps: PurgeDeps, at: Due): Promise<void> {
  for (const [tenantId, own] of Map.groupBy(await nextDue(deps, at), (row) => row.tenant_id)) {
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
