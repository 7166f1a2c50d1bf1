import { LoomError, toLoomError } from '../../core/errors.ts'
import { dayMs, keepDays } from '../../core/keep-days.ts'
import { type Store, type TenantContext, whileLocked } from '../../storage/database.ts'
import {
  beginExport,
  claimExports,
  type DueExport,
  type ExportRow,
  endExport,
  loadExport,
} from '../../storage/exports/due.ts'
import { markExportFailed, markExportMade } from '../../storage/exports/settle.ts'
import { objectKeys } from '../../storage/objects/keys.ts'
import { type ExportDeps, makeExport } from './make.ts'

export interface DriveDeps extends ExportDeps {
  /** The address that opens an export for a day. */
  linkTo(due: DueExport): string
}

const claimMs = 60_000
const atOnce = 2
/** So often it is begun before the person is told that it could not be made. */
const mostTries = 10

/**
 * Goes on with what is due of exports, of all accounts: makes those that were asked for, one at a time for each account, and
 * removes those whose day is over. Killed anywhere it begins that one anew a minute later; under its final name there is
 * a whole ZIP or none. Answers how many it looked at.
 */
export async function driveExports(deps: DriveDeps): Promise<number> {
  const due = await claimExports(deps.store, { limit: atOnce, claimMs })
  await Promise.all(
    due.map((one) =>
      alone(deps.store, one.tenantId, () => goOn(deps, one)).catch((thrown: unknown) => {
        if (deps.signal?.aborted) return
        const { detail, kind } = toLoomError(thrown)
        deps.store.log.warn({ ...one, kind, detail }, 'an export broke off and is tried again')
      }),
    ),
  )
  return due.length
}

/** While nobody else makes an export of that account, in whatever process. */
export function alone<T>(store: Store, tenantId: string, work: () => Promise<T>): Promise<T | 'elsewhere'> {
  return whileLocked(store, Number.parseInt(tenantId.replaceAll('-', '').slice(-12), 16), work)
}

async function goOn(deps: DriveDeps, due: DueExport): Promise<void> {
  const { store } = deps
  const context: TenantContext = { tenantId: due.tenantId, actor: { kind: 'system' } }
  const row = await loadExport(store, context, due).catch(unlessErased)
  if (row?.state === 'asked') return make(deps, context, { ...due, row })
  const untilMs = row?.state === 'made' ? (row.madeAtMs ?? 0) + keepDays.export * dayMs : 0
  if (untilMs > store.now()) return
  await store.objects.deletePrefix(objectKeys.export(due))
  await endExport(store, context, due).catch(unlessErased)
}

async function make(
  deps: DriveDeps,
  context: TenantContext,
  { row, ...due }: DueExport & { row: ExportRow },
): Promise<void> {
  const { store } = deps
  if (row.tries >= mostTries) {
    await markExportFailed(store, context, { ...due, text: failedWords })
    return
  }
  if (!(await beginExport(store, context, due))) return
  const { form, identityId } = row
  const about = form === 'tenant' ? { form } : { form, identityId }
  const key = objectKeys.export(due)
  const made = await makeExport(deps, { tenantId: due.tenantId, about })
  await store.objects.put(key, made.body, { mediaType: 'application/zip' })
  const text = madeWords(deps.linkTo(due))
  const isKept = await markExportMade(store, context, { ...due, bytes: made.bytes(), text }).catch(
    unlessErased,
  )
  // What nobody waits for any more, or whose account went meanwhile, does not stay.
  if (!isKept) await store.objects.deletePrefix(key)
}

function unlessErased(thrown: unknown): undefined {
  if (thrown instanceof LoomError && thrown.kind === 'forbidden') return undefined
  throw thrown
}

function madeWords(link: string): string {
  return [
    `Your export is ready: ${link}`,
    'The link opens for a day, for whoever has it. Then the file is deleted here.',
  ].join('\n')
}

const failedWords =
  'Your export could not be made. Nothing of yours was changed by that. Ask for it again, and tell whoever runs this Loom if it fails once more.'
