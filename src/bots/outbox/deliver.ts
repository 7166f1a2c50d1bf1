import type { ChatPort, ChatPorts } from '../../core/chat.ts'
import { type LoomError, toLoomError } from '../../core/errors.ts'
import type { Log } from '../../core/ports.ts'
import { loadApproval } from '../../storage/approvals/load.ts'
import { type DueDelivery, loadDelivery } from '../../storage/deliveries/claim.ts'
import { othersArePending } from '../../storage/deliveries/order.ts'
import { lookAgain, markAsked, markShown, markUnsent } from '../../storage/deliveries/settle.ts'
import { viewJob } from '../../storage/jobs/view.ts'
import { loadQuestion } from '../../storage/questions/load.ts'
import { type MessageDeps, messageFor } from './message.ts'
import type { Renewals } from './renewals.ts'
import { type Showing, show, showingOf } from './show.ts'

export interface DeliverDeps extends MessageDeps {
  /** A platform's ports, one for each installation; or the one port that there is. */
  port: ChatPort | ChatPorts
  log: Log
  renewals: Renewals
  /** Told when an answer has been confirmed by the platform. */
  onAnswer?: (jobId: string) => void
}

/** About a day: an outage of the platform loses nothing. */
const mostAttempts = 1_440
const longestRestMs = 60_000

/** Brings one claimed delivery to its thread and settles it: shown, looked at again later, tried again or given up. */
export async function deliver(deps: DeliverDeps, due: DueDelivery): Promise<void> {
  try {
    const delivery = await loadDelivery(deps.store, due)
    if (!delivery) return
    const port = 'portFor' in deps.port ? await deps.port.portFor(delivery) : deps.port
    const showing = showingOf(port, delivery, due)
    if (!port.serves(delivery.thread)) await lookAgain(deps.store, { ...due, nextInMs: 1_000 })
    else if (delivery.kind === 'card') await deliverCard(deps, showing, due)
    else if (delivery.kind === 'question' || delivery.kind === 'approval')
      await deliverAsked(deps, showing, due)
    else await deliverOnce(deps, showing, due)
  } catch (thrown) {
    await refused(deps, due, toLoomError(thrown)).catch(() => undefined)
  }
}

async function deliverCard(deps: DeliverDeps, showing: Showing, due: DueDelivery): Promise<void> {
  const { delivery, port } = showing
  const { editEveryMs: nextInMs, renewEveryMs } = port
  const isShown = delivery.ref !== undefined && delivery.eventSeq === delivery.shownSeq && !delivery.jobEnded
  const isOld = renewEveryMs !== undefined && deps.renewals.isDue(due.deliveryId, renewEveryMs)
  if (isShown && !isOld) {
    if (renewEveryMs === undefined) deps.renewals.shown(due.deliveryId, undefined)
    await lookAgain(deps.store, { ...due, nextInMs })
    return
  }
  const { jobId } = delivery
  if (jobId === undefined) return
  const view = await viewJob(deps.store, { tenantId: due.tenantId, actor: { kind: 'system' } }, { jobId })
  if (!view) return
  const ref = await show(showing, { kind: 'card', card: view.card })
  const last = view.card.endedAtMs !== undefined
  if (last) deps.renewals.forget(due.deliveryId)
  else deps.renewals.shown(due.deliveryId, renewEveryMs)
  await markShown(deps.store, { ...due, ref, shownSeq: view.eventSeq, last, nextInMs })
}

/** Posted when it is asked, and edited when it is settled. */
async function deliverAsked(deps: DeliverDeps, showing: Showing, due: DueDelivery): Promise<void> {
  const { subject } = showing.delivery
  const context = { tenantId: due.tenantId, actor: { kind: 'system' } } as const
  const question = await loadQuestion(deps.store, context, { questionId: subject })
  const approval = question ? undefined : await loadApproval(deps.store, context, { approvalId: subject })
  if (question) {
    const ref = await show(showing, { kind: 'question', question })
    await markAsked(deps.store, { ...due, ref, kind: 'question', subject, state: question.state })
  } else if (approval) {
    const ref = await show(showing, { kind: 'approval', approval })
    await markAsked(deps.store, { ...due, ref, kind: 'approval', subject, state: approval.state })
  } else await markUnsent(deps.store, { ...due, errorKind: 'not_found', retryInMs: undefined })
}

async function deliverOnce(deps: DeliverDeps, showing: Showing, due: DueDelivery): Promise<void> {
  const { delivery } = showing
  const { jobId, tenantId, thread } = delivery
  // A notice is about the moment; an answer comes after all else.
  const isAnswer = delivery.kind === 'answer' && jobId !== undefined
  const mustWait = isAnswer && (await othersArePending(deps.store, { tenantId, jobId, thread }))
  const message = mustWait ? undefined : await messageFor(deps, delivery)
  if (!message) {
    await lookAgain(deps.store, { ...due, nextInMs: 50 })
    return
  }
  const ref = await show(showing, message)
  await markShown(deps.store, { ...due, ref, shownSeq: delivery.eventSeq, last: true, nextInMs: 0 })
  if (isAnswer) deps.onAnswer?.(jobId)
}

async function refused(deps: DeliverDeps, due: DueDelivery, error: LoomError): Promise<void> {
  const delivery = await loadDelivery(deps.store, due)
  const attempts = (delivery?.attempts ?? 0) + 1
  const again = error.retryable && attempts < mostAttempts
  const fields = { ...due, deliveryKind: delivery?.kind, kind: error.kind, detail: error.detail, attempts }
  if (again && error.kind === 'rate_limited') deps.log.debug(fields, 'a delivery waits for the platform')
  else if (again) deps.log.warn(fields, 'a delivery was not taken and is tried again')
  else if (delivery?.kind === 'answer')
    deps.log.error({ ...fields, jobId: delivery.jobId }, 'an answer was given up')
  else deps.log.warn(fields, 'a delivery was given up')
  const restMs = Math.max(Math.min(longestRestMs, 500 * 2 ** Math.min(attempts, 20)), error.retryAfterMs ?? 0)
  await markUnsent(deps.store, { ...due, errorKind: error.kind, retryInMs: again ? restMs : undefined })
}
