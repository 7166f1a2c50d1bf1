import { createHmac } from 'node:crypto'
import { LoomError, toLoomError } from '../../core/errors.ts'
import { dayMs } from '../../core/keep-days.ts'
import { type KnownVersion, noticeDays } from '../../core/notices.ts'
import { type Store, type TenantContext, whileLocked } from '../../storage/database.ts'
import { countNotices } from '../../storage/notices/count.ts'
import {
  areNoticesOpen,
  claimNotices,
  type DueNotice,
  type LoadedNotice,
  loadNotice,
} from '../../storage/notices/due.ts'
import { accountsAfter, listHolders } from '../../storage/notices/list.ts'
import { dropNotice, endNotice, postponeNotice } from '../../storage/notices/settle.ts'
import { loadVersions, markListed, markTold } from '../../storage/notices/versions.ts'
import type { Mailer } from './smtp.ts'
import { announcedOf, dayOf } from './standing.ts'
import { noticeText } from './words.ts'

export interface NoticeDeps {
  store: Store
  /** Acts as `loom_dump`: counts over all accounts. */
  all: Pick<Store, 'sql'>
  mailer: Mailer
  /** The address of the privacy page. */
  page: string
  /** Between 0 and 1, for the time between two tries. */
  random?: () => number
  signal?: AbortSignal
}

/** Held while the list is made: many schedulers, one of them makes it. An arbitrary number. */
const listLock = 7_305_112_204
const accountsAtOnce = 500
const claimed = 20
/** Several times what a mail may take at most. Whoever dies leaves its notices to others after it. */
const claimMs = 10 * 60_000
const firstRetryMs = 30_000
const lastRetryMs = 60 * 60_000

/**
 * Goes on with the announcement that is under way: makes the list of whom to tell, sends what is due, and notes when nobody
 * is left. Killed anywhere, it goes on where it was; a notice whose sender died between the server's word and ours is sent
 * once more, under the same id. Answers how many it looked at.
 */
export async function driveNotices(deps: NoticeDeps): Promise<number> {
  const { store } = deps
  const version = announcedOf(await loadVersions(store))
  if (!version || version.toldAtMs !== undefined) return 0
  if (version.listedAtMs === undefined && (await makeList(deps, version)) === 'elsewhere') return 0
  const looked = await sendDue(deps, version)
  if (!deps.signal?.aborted && !(await areNoticesOpen(store))) await close(deps, version)
  return looked
}

/** Begun anew after a kill: who is on the list already does not come onto it twice. */
async function makeList(deps: NoticeDeps, { number }: KnownVersion): Promise<'listed' | 'elsewhere'> {
  const { signal, store } = deps
  return whileLocked(store, listLock, async () => {
    let after: string | undefined
    for (;;) {
      signal?.throwIfAborted()
      const accounts = await accountsAfter(store, { after, limit: accountsAtOnce })
      for (const tenantId of accounts)
        await listHolders(store, systemOf(tenantId), { version: number }).catch(unlessErased)
      after = accounts.at(-1)
      if (accounts.length < accountsAtOnce) break
    }
    await markListed(store, { number })
    return 'listed' as const
  })
}

async function sendDue(deps: NoticeDeps, version: KnownVersion): Promise<number> {
  const { signal, store } = deps
  const key = await store.vault.derive('notices')
  let looked = 0
  for (;;) {
    if (signal?.aborted) return looked
    const due = await claimNotices(store, { limit: claimed, claimMs })
    if (due.length === 0) return looked
    const faults = await Promise.all(due.map((one) => sendOne(deps, { key, version }, one)))
    looked += due.length
    // One line for each kind of fault, however many it hit.
    const kinds = new Map(faults.flatMap((fault) => (fault ? [[fault.detail, fault] as const] : [])))
    for (const { detail, kind } of kinds.values()) tell(store, { kind, detail, version: version.number })
  }
}

function tell({ log }: Store, fields: { kind: string; detail: string | undefined; version: number }): void {
  const words = 'notices could not be sent and are tried again'
  if (fields.kind === 'unavailable') log.warn(fields, words)
  else log.error(fields, words)
}

/** Answers what kept it from being sent; one notice that fails holds up no other. */
async function sendOne(
  deps: NoticeDeps,
  using: { key: Buffer; version: KnownVersion },
  due: DueNotice,
): Promise<LoomError | undefined> {
  const { store } = deps
  const context = systemOf(due.tenantId)
  try {
    const notice = await loadNotice(store, context, due)
    if (notice === undefined || notice.version !== using.version.number) {
      await dropNotice(store, context, due)
      return undefined
    }
    return await send(deps, using, { due, notice })
  } catch (thrown) {
    // An account that went meanwhile is told nothing. Anything else leaves the claim, which runs out.
    const fault = toLoomError(thrown)
    if (!isErased(fault)) return fault
    await dropNotice(store, context, due)
    return undefined
  }
}

async function send(
  deps: NoticeDeps,
  { key, version }: { key: Buffer; version: KnownVersion },
  { due, notice }: { due: DueNotice; notice: LoadedNotice },
): Promise<LoomError | undefined> {
  const { mailer, page, random = Math.random, store } = deps
  const context = systemOf(due.tenantId)
  const { noticeId } = due
  const { name } = notice
  const address = usable(notice.address)
  if (address === undefined) {
    await endNotice(store, context, { noticeId, state: 'unreachable' })
    return undefined
  }
  const day = dayOf(Math.max(Date.parse(version.effective), store.now() + noticeDays * dayMs))
  const { changes, number } = version
  const handed = await mailer
    .send({
      ...noticeText({ name, version: number, day, changes, page }),
      to: { name: name?.replace(/\p{Cc}+/gu, ' ').trim() ?? '', address },
      id: idOf(key, { version: number, memberId: notice.memberId }),
    })
    .catch(toLoomError)
  if (handed instanceof LoomError) {
    if (handed.kind !== 'unavailable' && handed.kind !== 'refused') throw handed
    const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(notice.attempts, 10))
    await postponeNotice(store, context, { noticeId, dueAtMs: store.now() + waitMs * (0.5 + random()) })
    return handed
  }
  await endNotice(store, context, { noticeId, state: handed })
  if (handed === 'refused')
    store.log.warn({ tenantId: due.tenantId, noticeId, version: number }, 'an address takes no notice')
  return undefined
}

async function close({ all, store }: NoticeDeps, { number }: KnownVersion): Promise<void> {
  const { lastSentAtMs, notices } = await countNotices(all, { version: number })
  await markTold(store, { number, lastSentAtMs, counts: notices })
  store.log.info({ version: number, ...notices }, 'all notices of the new policy have been sent')
}

/** Of this one notice for good, and nobody can tell whose it is. */
function idOf(key: Buffer, notice: { version: number; memberId: string }): string {
  const hash = createHmac('sha256', key).update(`${notice.version}:${notice.memberId}`).digest('base64url')
  return `notice.${hash}`
}

/** One address and nothing else: what could name a second one, or a header, is none. */
function usable(address: string | undefined): string | undefined {
  const plain = address?.trim()
  if (plain === undefined || plain.length > 254) return undefined
  return /^[^\s@<>,;:"()[\]\\\p{Cc}]+@[^\s@<>,;:"()[\]\\\p{Cc}]+$/u.test(plain) ? plain : undefined
}

function systemOf(tenantId: string): TenantContext {
  return { tenantId, actor: { kind: 'system' } }
}

function unlessErased(thrown: unknown): undefined {
  if (isErased(thrown)) return undefined
  throw thrown
}

function isErased(thrown: unknown): boolean {
  return thrown instanceof LoomError && (thrown.kind === 'forbidden' || thrown.kind === 'not_found')
}
