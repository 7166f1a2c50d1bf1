import { type NoticeState, noticeStates } from '../../core/notices.ts'
import { inSnapshot, type Store } from '../database.ts'

export interface NoticeCounts {
  /** Notices by how they stand. */
  notices: Record<NoticeState, number>
  lastSentAtMs: number | undefined
  /** Accounts in which nobody has been told by mail, for want of an address or because it was refused. */
  untold: number
}

/** How the notices of a version stand, over all accounts. `all` sees all rows (`loom_dump`). Counts and times only. */
export async function countNotices(
  all: Pick<Store, 'sql'>,
  { version }: { version: number },
): Promise<NoticeCounts> {
  return inSnapshot(all, async ({ sql }) => {
    const rows = await sql<{ state: NoticeState; count: number; last: number | null }[]>`
      select state, count(*)::int as count, extract(epoch from max(sent_at))::float8 * 1000 as last
      from loom.notices where version = ${version} group by state`
    const [untold] = await sql<{ count: number }[]>`
      select count(*)::int as count from loom.tenants t where t.state <> 'tombstoned' and not exists (
        select 1 from loom.notices n
        where n.tenant_id = t.tenant_id and n.version = ${version} and n.state in ('sent', 'open'))`
    const countOf = (state: NoticeState) => rows.find((row) => row.state === state)?.count ?? 0
    return {
      notices: Object.fromEntries(noticeStates.map((state) => [state, countOf(state)])) as Record<
        NoticeState,
        number
      >,
      lastSentAtMs: rows.find((row) => row.last !== null)?.last ?? undefined,
      untold: untold?.count ?? 0,
    }
  })
}
