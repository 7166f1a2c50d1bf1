import { randomUUID } from 'node:crypto'
import type { AnswerFile, ChatPort, MessageRef, OutMessage } from '../core/chat.ts'
import { type LoomError, toLoomError } from '../core/errors.ts'
import type { Links } from '../core/links.ts'
import type { Log } from '../core/ports.ts'
import type { ThreadId } from '../core/thread-id.ts'
import { loadApproval } from '../storage/approvals/load.ts'
import type { Store } from '../storage/database.ts'
import {
  claimDeliveries,
  type DueDelivery,
  type LoadedDelivery,
  loadDelivery,
} from '../storage/deliveries/claim.ts'
import { othersArePending } from '../storage/deliveries/order.ts'
import { lookAgain, markAsked, markShown, markUnsent } from '../storage/deliveries/settle.ts'
import { loadAnswer, type StoredFile } from '../storage/jobs/answer.ts'
import { viewJob } from '../storage/jobs/view.ts'
import { loadQuestion } from '../storage/questions/load.ts'

export interface OutboxDeps {
  store: Store
  port: ChatPort
  links: Links
  log: Log
  /** Only deliveries for these threads; `undefined`: all threads of the port's platform. */
  threadHashes?: readonly Buffer[]
  /** Puts a file of the answer where the person can open it, on platforms without uploads of their own. */
  placeFile?: (input: { tenantId: string; jobId: string; title: string; file: StoredFile }) => Promise<string>
  /** Told when an answer has been confirmed by the platform. */
  onAnswer?: (jobId: string) => void
  /** Told once when what is due can no longer be read, with the error, and once when it can again. */
  onTrouble?: (error: LoomError | undefined) => void
  /** How long a delivery stays with a process that took it and died. Longer than the platform takes for a message. */
  leaseMs?: number
}

export interface Outbox {
  close(): Promise<void>
}

const defaultLeaseMs = 30_000
const mostAttempts = 12

/**
 * Sends what is due through one chat port until it is closed: posts once, keeps the platform's id, edits from then on.
 * Cards are shown at most every `editEveryMs` and only when something happened; a question is edited once it is settled;
 * an answer waits for the last state of all of them. A message that the platform refuses for good is given up and logged; anything else is tried again.
 */
export function startOutbox(deps: OutboxDeps): Outbox {
  const holder = randomUUID()
  let open = true
  let troubled = false
  let wake: () => void = () => undefined

  const turn = async (): Promise<boolean> => {
    const due = await claimDeliveries(deps.store, {
      platform: deps.port.platform,
      ...(deps.threadHashes ? { threadHashes: deps.threadHashes } : {}),
      holder,
      limit: 50,
      leaseMs: deps.leaseMs ?? defaultLeaseMs,
    })
    await Promise.all(due.map((delivery) => deliver(deps, delivery)))
    return due.length > 0
  }

  const loop = async (): Promise<void> => {
    while (open) {
      try {
        await turn()
        if (troubled) deps.onTrouble?.(undefined)
        troubled = false
      } catch (thrown) {
        const error = toLoomError(thrown)
        deps.log.warn({ kind: error.kind, detail: error.detail }, 'the outbox could not read what is due')
        if (!troubled) deps.onTrouble?.(error)
        troubled = true
      }
      await new Promise<void>((resolve) => {
        wake = resolve
        setTimeout(resolve, Math.min(200, deps.port.editEveryMs))
      })
    }
  }
  const done = loop()

  return {
    async close() {
      open = false
      wake()
      await done
    },
  }
}

async function deliver(deps: OutboxDeps, due: DueDelivery): Promise<void> {
  try {
    const delivery = await loadDelivery(deps.store, due)
    if (!delivery) return
    if (!deps.port.serves(delivery.thread)) await lookAgain(deps.store, { ...due, nextInMs: 1_000 })
    else if (delivery.kind === 'card') await deliverCard(deps, delivery, due)
    else if (delivery.kind === 'question' || delivery.kind === 'approval')
      await deliverAsked(deps, delivery, due)
    else await deliverOnce(deps, delivery, due)
  } catch (thrown) {
    await refused(deps, due, toLoomError(thrown)).catch(() => undefined)
  }
}

async function deliverCard(deps: OutboxDeps, delivery: LoadedDelivery, due: DueDelivery): Promise<void> {
  const nextInMs = deps.port.editEveryMs
  if (delivery.ref !== undefined && delivery.eventSeq === delivery.shownSeq && !delivery.jobEnded) {
    await lookAgain(deps.store, { ...due, nextInMs })
    return
  }
  const { jobId } = delivery
  if (jobId === undefined) return
  const view = await viewJob(deps.store, { tenantId: due.tenantId, actor: { kind: 'system' } }, { jobId })
  if (!view) return
  const ref = await show(deps.port, mayBeShown(delivery, due), { kind: 'card', card: view.card })
  await markShown(deps.store, {
    ...due,
    ref,
    shownSeq: view.eventSeq,
    last: view.card.endedAtMs !== undefined,
    nextInMs,
  })
}

/** Posted when it is asked, and edited when it is settled. */
async function deliverAsked(deps: OutboxDeps, delivery: LoadedDelivery, due: DueDelivery): Promise<void> {
  const { subject } = delivery
  const context = { tenantId: due.tenantId, actor: { kind: 'system' } } as const
  const question = await loadQuestion(deps.store, context, { questionId: subject })
  const approval = question ? undefined : await loadApproval(deps.store, context, { approvalId: subject })
  if (question) {
    const ref = await show(deps.port, mayBeShown(delivery, due), { kind: 'question', question })
    await markAsked(deps.store, { ...due, ref, kind: 'question', subject, state: question.state })
  } else if (approval) {
    const ref = await show(deps.port, mayBeShown(delivery, due), { kind: 'approval', approval })
    await markAsked(deps.store, { ...due, ref, kind: 'approval', subject, state: approval.state })
  } else await markUnsent(deps.store, { ...due, errorKind: 'not_found', retryInMs: undefined })
}

async function deliverOnce(deps: OutboxDeps, delivery: LoadedDelivery, due: DueDelivery): Promise<void> {
  const message = await messageFor(deps, delivery)
  // A notice is about the moment; an answer comes after all else.
  const { jobId, tenantId, thread } = delivery
  const isAnswer = delivery.kind === 'answer' && jobId !== undefined
  const mustWait = isAnswer && (await othersArePending(deps.store, { tenantId, jobId, thread }))
  if (!message || mustWait) {
    await lookAgain(deps.store, { ...due, nextInMs: 50 })
    return
  }
  const ref = await show(deps.port, mayBeShown(delivery, due), message)
  await markShown(deps.store, { ...due, ref, shownSeq: delivery.eventSeq, last: true, nextInMs: 0 })
  if (isAnswer) deps.onAnswer?.(jobId)
}

function mayBeShown(delivery: LoadedDelivery, due: DueDelivery): LoadedDelivery & { mayBeShown: boolean } {
  return { ...delivery, mayBeShown: delivery.attempts > 0 || due.retaken === true }
}

async function show(
  port: ChatPort,
  delivery: { thread: ThreadId; ref: MessageRef | undefined; id: string; mayBeShown: boolean },
  message: OutMessage,
): Promise<MessageRef> {
  const post = () => port.post(delivery.thread, message, { nonce: delivery.id })
  if (delivery.ref === undefined) {
    const ref = await post()
    // An earlier try may have been taken and its reply lost: then the platform shows what was true at that time.
    const changes = message.kind === 'card' || message.kind === 'question' || message.kind === 'approval'
    if (delivery.mayBeShown && changes) await port.edit(delivery.thread, ref, message)
    return ref
  }
  try {
    await port.edit(delivery.thread, delivery.ref, message)
    return delivery.ref
  } catch (thrown) {
    // Somebody deleted it, or a terminal that is gone had shown it: it is shown anew, and edited there from then on.
    if (toLoomError(thrown).kind !== 'not_found') throw thrown
    return post()
  }
}

async function messageFor(deps: OutboxDeps, delivery: LoadedDelivery): Promise<OutMessage | undefined> {
  const { jobId, tenantId } = delivery
  if (delivery.kind !== 'answer' || jobId === undefined)
    return { kind: 'notice', notice: { text: delivery.text ?? '' } }
  const context = { tenantId, actor: { kind: 'system' } } as const
  const answer = await loadAnswer(deps.store, context, { jobId })
  if (!answer) return undefined
  const { title, ...rest } = answer
  const files: AnswerFile[] = []
  for (const file of answer.files) {
    files.push({
      ...file,
      url: deps.links.sign({ tenantId, artifactId: file.artifactId }),
      localPath: await deps.placeFile?.({ tenantId, jobId, title, file }),
    })
  }
  return { kind: 'answer', answer: { ...rest, files } }
}

async function refused(deps: OutboxDeps, due: DueDelivery, error: LoomError): Promise<void> {
  const delivery = await loadDelivery(deps.store, due)
  const attempts = (delivery?.attempts ?? 0) + 1
  const again = error.retryable && attempts < mostAttempts
  deps.log.warn(
    { ...due, kind: error.kind, detail: error.detail, attempts, again },
    'a delivery was not taken',
  )
  const retryInMs = again ? Math.min(60_000, 500 * 2 ** attempts) : undefined
  await markUnsent(deps.store, { ...due, errorKind: error.kind, retryInMs })
}
