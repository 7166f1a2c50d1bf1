import { LoomError } from '../../core/errors.ts'
import { formatUsd } from '../../core/format.ts'
import { changeCap } from '../../storage/jobs/change-cap.ts'
import { viewJob } from '../../storage/jobs/view.ts'
import { usageReport } from '../../storage/usage/report.ts'
import { findForDeciding } from './decide.ts'
import { type Acting, contextOf, type Desk, done, noSuchJob, type Reply, told } from './desk.ts'

const leastMicroUsd = 10_000

/**
 * An amount as people write it, in micro-dollars: `8`, `$8`, `8.50`, `8,50`, `1,200.50`, `1.200,50`, `8 USD`. What reads
 * as two amounts (`1.200`) is none. Throws `invalid_input`.
 */
export function parseAmount(text: string): number {
  const bare = text.trim().replace(/^(?:us)?\$\s*|\s*(?:\$|usd|dollars?)$/gi, '')
  const [, whole, cents] =
    /^(\d{1,6})(?:[.,](\d{1,2}))?$/.exec(bare) ??
    /^(\d{1,3}(?:,\d{3})+)\.(\d{2})$/.exec(bare) ??
    /^(\d{1,3}(?:\.\d{3})+),(\d{2})$/.exec(bare) ??
    []
  if (whole === undefined) {
    throw new LoomError({
      kind: 'invalid_input',
      message: 'An amount is written in dollars, as in 8 or 8.50.',
    })
  }
  return Number(whole.replace(/[.,]/g, '')) * 1_000_000 + Number((cents ?? '').padEnd(2, '0')) * 10_000
}

/** A cap of one job, between a cent and the account's month. Throws `invalid_input`. */
export async function parseCap(desk: Desk, acting: Acting, text: string): Promise<number> {
  const capMicroUsd = parseAmount(text)
  if (capMicroUsd < leastMicroUsd) {
    throw new LoomError({ kind: 'invalid_input', message: 'A cap is at least $0.01.' })
  }
  const { monthCapMicroUsd } = await usageReport(desk.store, contextOf(acting))
  if (capMicroUsd <= monthCapMicroUsd) return capMicroUsd
  throw new LoomError({
    kind: 'invalid_input',
    message: `The account's whole month has a cap of ${formatUsd(monthCapMicroUsd)}; one job cannot have more.`,
  })
}

/** Sets the cap of a job, up or down; one that rests at it goes on with a higher one. Who asked, or an admin. */
export async function adjustCap(
  desk: Desk,
  acting: Acting,
  input: { jobId: string; amount: string },
): Promise<Reply> {
  const { jobId } = await findForDeciding(desk, acting, input.jobId)
  return setCap(desk, acting, { jobId, capMicroUsd: await parseCap(desk, acting, input.amount) })
}

/** The caps between which a person chooses, and one to begin with. Who asked, or an admin. */
export async function capOf(
  desk: Desk,
  acting: Acting,
  input: { jobId: string },
): Promise<{ costMicroUsd: number; capMicroUsd: number; suggestedMicroUsd: number; rests: boolean }> {
  const { jobId } = await findForDeciding(desk, acting, input.jobId)
  const context = contextOf(acting)
  const [view, { monthCapMicroUsd }] = await Promise.all([
    viewJob(desk.store, context, { jobId }),
    usageReport(desk.store, context),
  ])
  if (!view) throw noSuchJob()
  const { capMicroUsd, costMicroUsd, endedAtMs, reason, state } = view.card
  if (endedAtMs !== undefined) {
    throw new LoomError({ kind: 'conflict', message: 'The job had ended already.' })
  }
  const rests = state === 'suspended' && reason === 'cap'
  const doubled = Math.max(capMicroUsd, Math.min(capMicroUsd * 2, monthCapMicroUsd))
  return { costMicroUsd, capMicroUsd, rests, suggestedMicroUsd: rests ? doubled : capMicroUsd }
}

/** The words of the form in which a cap is changed; `amount` stands in it to begin with. */
export function capWords(cap: Awaited<ReturnType<typeof capOf>>) {
  const { capMicroUsd, costMicroUsd, rests, suggestedMicroUsd } = cap
  const goesOn = rests ? ' The job goes on with a higher cap.' : ''
  return {
    title: rests ? 'Raise the cap' : 'Adjust the cap',
    submit: rests ? 'Raise and go on' : 'Save',
    text: `${formatUsd(costMicroUsd)} of ${formatUsd(capMicroUsd)} is spent.${goesOn}`,
    label: 'Cap in dollars',
    amount: formatUsd(suggestedMicroUsd).replace('$', ''),
  }
}

async function setCap(
  desk: Desk,
  acting: Acting,
  input: { jobId: string; capMicroUsd: number },
): Promise<Reply> {
  const change = await changeCap(desk.store, contextOf(acting), input)
  if (!change) throw noSuchJob()
  const cap = formatUsd(input.capMicroUsd)
  switch (change.kind) {
    case 'resumed':
      desk.ring('worker')
      return done(`The job goes on with a cap of ${cap}.`)
    case 'changed':
      return done(`The cap is ${cap} now.`)
    case 'same':
      return told(`The cap is ${cap} already.`)
    case 'ended':
      return told('The job had ended already.')
    case 'below_spent':
      throw new LoomError({
        kind: 'invalid_input',
        message: `${formatUsd(change.spentMicroUsd)} is spent already; the cap cannot be below that. To end the job, stop it.`,
      })
  }
}
