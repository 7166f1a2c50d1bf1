import { toLoomError } from '../../../src/core/errors.ts'
import { undoDeletion } from '../../../src/storage/erasure/delete-tenant.ts'
import { openExport } from '../../../src/storage/exports/open.ts'
import { tryInVain } from './deeds.ts'
import { mayStillUndo } from './expected.ts'
import type { Export, Host, Stage } from './people.ts'

const day = 86_400_000
/** An export is made on the day on which it is asked for. */
const untilMade = day / 4

/** What opens although its time is over, or does not although it is not: links to exports, and accounts on their way out. */
export async function tryDoors(stage: Stage, hosts: readonly Host[]): Promise<string[]> {
  const faults: string[] = []
  for (const host of hosts) {
    for (const link of host.exports) faults.push(...(await tryLink(stage, host, link)))
    if (host.isFenced) faults.push(...(await tryAccount(stage, host)))
  }
  return faults
}

async function tryLink({ recorder, world }: Stage, host: Host, link: Export): Promise<string[]> {
  const { context, store, tenantId } = host.tenant
  const { askedMs, exportId } = link
  const nowMs = world.clock.now()
  const { forgotten } = recorder.past
  const mayHoldForgotten = forgotten.some((one) => one.tenantId === tenantId && one.atMs >= askedMs)
  const mustBeShut = mayHoldForgotten || nowMs >= askedMs + untilMade + day
  const opened = await openExport(store, context, { exportId }).catch(shut)
  if (opened && mustBeShut) return [`the link to an export of ${iso(askedMs)} opens at ${iso(nowMs)}`]
  const mustOpen = !mustBeShut && !host.isFenced && nowMs < askedMs + day
  if (!opened && mustOpen) return [`the link to an export of ${iso(askedMs)} is shut at ${iso(nowMs)}`]
  return []
}

/** The time to undo is over, and it takes nothing in. */
async function tryAccount(stage: Stage, host: Host): Promise<string[]> {
  const { context, store, tenantId } = host.tenant
  await tryInVain(stage, host)
  if (mayStillUndo(stage.recorder.past, { tenantId, atMs: stage.world.clock.now() })) return []
  const undone = await undoDeletion(store, context).catch(shut)
  return undone ? [`the account ${tenantId} was taken back after its time`] : []
}

const refusals: readonly string[] = ['forbidden', 'conflict', 'not_found']

function shut(thrown: unknown): undefined {
  if (!refusals.includes(toLoomError(thrown).kind)) throw thrown
}

const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16)
