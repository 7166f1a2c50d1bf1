import { randomUUID } from 'node:crypto'
import type { ThreadMessage } from '../../../src/core/brief.ts'
import type { PlanChange } from '../../../src/core/plan.ts'
import type { Sealer } from '../../../src/core/ports.ts'
import { parseThreadId } from '../../../src/core/thread-id.ts'
import { askApproval } from '../../../src/storage/approvals/ask.ts'
import { loadApproval, openApprovals } from '../../../src/storage/approvals/load.ts'
import { expireApproval, pressApproval } from '../../../src/storage/approvals/press.ts'
import { settleApproval } from '../../../src/storage/approvals/settle.ts'
import { revokeLinks, starArtifact, unstarArtifact } from '../../../src/storage/artifacts/change.ts'
import { findArtifact } from '../../../src/storage/artifacts/find.ts'
import { listArtifacts } from '../../../src/storage/artifacts/list.ts'
import { threadsOf } from '../../../src/storage/artifacts/threads-of.ts'
import { audit } from '../../../src/storage/audit.ts'
import { acceptMention } from '../../../src/storage/briefs/accept.ts'
import { attach, attachLater } from '../../../src/storage/briefs/attach.ts'
import { pendingAttachments, recordAttachments } from '../../../src/storage/briefs/attachments.ts'
import { forgetRemoved } from '../../../src/storage/briefs/forget-removed.ts'
import { loadGathering } from '../../../src/storage/briefs/gathering.ts'
import { keepMessage } from '../../../src/storage/briefs/keep-message.ts'
import { loadAttachments } from '../../../src/storage/briefs/load-attachments.ts'
import { openJob } from '../../../src/storage/briefs/open-job.ts'
import { passOn } from '../../../src/storage/briefs/pass-on.ts'
import { loadSaid, readSaid } from '../../../src/storage/briefs/said.ts'
import { sayTo, steer } from '../../../src/storage/briefs/say.ts'
import { takeContext } from '../../../src/storage/briefs/take-context.ts'
import { readThreads } from '../../../src/storage/briefs/thread.ts'
import { openBudgets } from '../../../src/storage/budgets/open.ts'
import { releaseReservations } from '../../../src/storage/budgets/release.ts'
import { spendAlone, spendExpected, spendTogether } from '../../../src/storage/budgets/spend.ts'
import { inTenant, type Store, type Tx } from '../../../src/storage/database.ts'
import { announce, announceAgain } from '../../../src/storage/deliveries/announce.ts'
import { askAgain } from '../../../src/storage/deliveries/ask-again.ts'
import { openAsked } from '../../../src/storage/deliveries/asked.ts'
import { loadDelivery } from '../../../src/storage/deliveries/claim.ts'
import { dueNow } from '../../../src/storage/deliveries/due.ts'
import { keepDelivery } from '../../../src/storage/deliveries/keep.ts'
import { openDelivery } from '../../../src/storage/deliveries/open.ts'
import { othersArePending } from '../../../src/storage/deliveries/order.ts'
import { restIdleCards } from '../../../src/storage/deliveries/rest-idle.ts'
import { sayInThread } from '../../../src/storage/deliveries/say.ts'
import { lookAgain, markAsked, markShown, markUnsent } from '../../../src/storage/deliveries/settle.ts'
import { hideIn, showIn } from '../../../src/storage/deliveries/show-in.ts'
import { dropErasure, endErasure, lookAtErasureAgain } from '../../../src/storage/erasure/due.ts'
import { forgetPerson, mustBeThere, weighForgetting } from '../../../src/storage/erasure/forget-person.ts'
import { eraseBriefRows, forgetStep } from '../../../src/storage/erasure/forget-step.ts'
import {
  endPosts,
  giveUpPosts,
  isLastPost,
  listPosts,
  settlePost,
  withdrawUnsent,
} from '../../../src/storage/erasure/posts.ts'
import { addCounts, loadTombstone, openTombstone } from '../../../src/storage/erasure/tombstones.ts'
import { appendEvents } from '../../../src/storage/events.ts'
import { askForExport } from '../../../src/storage/exports/ask.ts'
import { beginExport, endExport, loadExport } from '../../../src/storage/exports/due.ts'
import { openExport } from '../../../src/storage/exports/open.ts'
import { markExportFailed, markExportMade } from '../../../src/storage/exports/settle.ts'
import { giveFeedback } from '../../../src/storage/feedback/give.ts'
import { changeIdentity } from '../../../src/storage/identities/change.ts'
import { correctPerson } from '../../../src/storage/identities/correct.ts'
import { ensureIdentity, ensurePerson } from '../../../src/storage/identities/ensure.ts'
import { findIdentity } from '../../../src/storage/identities/find.ts'
import { heedPerson, ignorePerson } from '../../../src/storage/identities/ignore.ts'
import { isAdmin } from '../../../src/storage/identities/is-admin.ts'
import { isOwner } from '../../../src/storage/identities/is-owner.ts'
import { linkIdentities } from '../../../src/storage/identities/link.ts'
import { takeOnce } from '../../../src/storage/inbox/take-once.ts'
import { changeInstallation, claimInforming } from '../../../src/storage/installations/change.ts'
import { loadInstallation } from '../../../src/storage/installations/find.ts'
import { listInstallations } from '../../../src/storage/installations/list.ts'
import { installationsReaching } from '../../../src/storage/installations/reaching.ts'
import { revokeInstallation } from '../../../src/storage/installations/revoke.ts'
import { openTokens } from '../../../src/storage/installations/tokens.ts'
import { installationVersion } from '../../../src/storage/installations/version.ts'
import { loadAnswer } from '../../../src/storage/jobs/answer.ts'
import { changeCap } from '../../../src/storage/jobs/change-cap.ts'
import { loadDetails } from '../../../src/storage/jobs/details.ts'
import { endJob } from '../../../src/storage/jobs/end.ts'
import { endOverdueJobs } from '../../../src/storage/jobs/end-overdue.ts'
import { findUnfinished } from '../../../src/storage/jobs/find.ts'
import { jobsCalled } from '../../../src/storage/jobs/find-called.ts'
import { finishJob } from '../../../src/storage/jobs/finish.ts'
import { listJobs } from '../../../src/storage/jobs/list.ts'
import { lockJobs } from '../../../src/storage/jobs/lock.ts'
import { lookAtJob } from '../../../src/storage/jobs/look.ts'
import { isAskerOrAdmin, mayDecide } from '../../../src/storage/jobs/may-decide.ts'
import { takeBack } from '../../../src/storage/jobs/moved.ts'
import { noteEstimate } from '../../../src/storage/jobs/note-estimate.ts'
import { notePeople } from '../../../src/storage/jobs/note-people.ts'
import { stopJob } from '../../../src/storage/jobs/stop.ts'
import { raiseCap, suspendJob } from '../../../src/storage/jobs/suspend.ts'
import { viewJob } from '../../../src/storage/jobs/view.ts'
import { warnOfCap } from '../../../src/storage/jobs/warn-of-cap.ts'
import { unwatchJob, watchJob } from '../../../src/storage/jobs/watch.ts'
import { withdrawAsked } from '../../../src/storage/jobs/withdraw.ts'
import { dropProviderKey, setProviderKey, setTier } from '../../../src/storage/models/change.ts'
import { listProviderKeys, loadTenantModels } from '../../../src/storage/models/load.ts'
import { loadNotice } from '../../../src/storage/notices/due.ts'
import { dropNotice, endNotice, postponeNotice } from '../../../src/storage/notices/settle.ts'
import { changeObjection } from '../../../src/storage/objections/change.ts'
import { loadObjections } from '../../../src/storage/objections/load.ts'
import { answerOldest, answerQuestion } from '../../../src/storage/questions/answer.ts'
import { askQuestion } from '../../../src/storage/questions/ask.ts'
import { loadQuestion, openQuestions } from '../../../src/storage/questions/load.ts'
import { closeRequest } from '../../../src/storage/requests/close.ts'
import { loadRequest } from '../../../src/storage/requests/load.ts'
import {
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  setScheduleZone,
} from '../../../src/storage/schedules/change.ts'
import { createSchedule } from '../../../src/storage/schedules/create.ts'
import { listSchedules } from '../../../src/storage/schedules/list.ts'
import { openRun } from '../../../src/storage/schedules/open-run.ts'
import { runSchedule } from '../../../src/storage/schedules/run.ts'
import { commitSteps } from '../../../src/storage/steps/commit.ts'
import { endSteps } from '../../../src/storage/steps/end-steps.ts'
import { finishTasks } from '../../../src/storage/steps/finish.ts'
import { writeFiles } from '../../../src/storage/steps/write-files.ts'
import { writeSteps } from '../../../src/storage/steps/write-steps.ts'
import { writeSummaries } from '../../../src/storage/steps/write-summaries.ts'
import { addPlan } from '../../../src/storage/tasks/add-plan.ts'
import { addReplan } from '../../../src/storage/tasks/add-replan.ts'
import { addSystemTasks, insertTasks } from '../../../src/storage/tasks/add-system.ts'
import { loadAgents } from '../../../src/storage/tasks/agents.ts'
import { changePlan } from '../../../src/storage/tasks/change-plan.ts'
import { chooseAgent } from '../../../src/storage/tasks/choose.ts'
import { dropTasks } from '../../../src/storage/tasks/drop.ts'
import { dropAgent } from '../../../src/storage/tasks/drop-agent.ts'
import { endTasks, failHopeless } from '../../../src/storage/tasks/end.ts'
import { freeWaiting } from '../../../src/storage/tasks/free.ts'
import { holdTask } from '../../../src/storage/tasks/hold.ts'
import { findHopeless } from '../../../src/storage/tasks/hopeless.ts'
import { loadTasks } from '../../../src/storage/tasks/load.ts'
import { loadFiles } from '../../../src/storage/tasks/load-files.ts'
import { loadJobs } from '../../../src/storage/tasks/load-jobs.ts'
import { loadSteps } from '../../../src/storage/tasks/load-steps.ts'
import { noteDelay } from '../../../src/storage/tasks/note-delay.ts'
import { rerunAgent } from '../../../src/storage/tasks/rerun.ts'
import { restIdleJobs, restTask } from '../../../src/storage/tasks/rest.ts'
import { addReview, waitMidway } from '../../../src/storage/tasks/review.ts'
import { startTasks } from '../../../src/storage/tasks/start.ts'
import { wakeTask, wakeTasks } from '../../../src/storage/tasks/wake.ts'
import { askerOf } from '../../../src/storage/threads/asker.ts'
import { wasPrompt } from '../../../src/storage/threads/begun-by.ts'
import { changeThreadMessage, removeThreadMessage } from '../../../src/storage/threads/change.ts'
import { ensureThread } from '../../../src/storage/threads/ensure.ts'
import { findThread, findThreads } from '../../../src/storage/threads/find.ts'
import { threadsGone } from '../../../src/storage/threads/gone.ts'
import { keepThreadMessage } from '../../../src/storage/threads/keep.ts'
import { keepHistory } from '../../../src/storage/threads/keep-history.ts'
import { keepMessages } from '../../../src/storage/threads/keep-messages.ts'
import { quickTurn, threadTakenTo } from '../../../src/storage/threads/quick-turn.ts'
import { spokeIn } from '../../../src/storage/threads/spoke-in.ts'
import { clearTimer, setTimer } from '../../../src/storage/timers.ts'
import { usageReport } from '../../../src/storage/usage/report.ts'
import type { Tenant } from './bed.ts'
import { commitOf, done, failed, fileOf, mentionOf, planOf, stepOf, summaryOf } from './jobs.ts'
import type { Victim } from './victim.ts'

type Attempt = () => Promise<unknown>
type Attack = (a: Tenant, b: Victim) => Attempt[]

interface Deps {
  store: Store
  tx: Tx
  sealer: Sealer
}

/** Runs a part of a verb in a transaction of the attacker. */
async function within<T>(a: Tenant, work: (deps: Deps) => Promise<T>): Promise<T> {
  const sealer = await a.store.vault.sealer(a.tenantId, 'content')
  return inTenant(a.store, a.tenantId, (tx) => work({ store: a.store, tx, sealer }))
}

const each =
  (
    ids: (b: Victim) => readonly string[],
    call: (a: Tenant, id: string, b: Victim) => Promise<unknown>,
  ): Attack =>
  (a, b) =>
    ids(b).map((id) => () => call(a, id, b))

const ofJobs = (call: (a: Tenant, jobId: string, b: Victim) => Promise<unknown>) =>
  each((b) => b.jobIds, call)
const ofArtifacts = (call: (a: Tenant, artifactId: string) => Promise<unknown>) =>
  each((b) => b.artifactIds, call)
const ofDeliveries = (call: (a: Tenant, due: { deliveryId: string; tenantId: string }) => Promise<unknown>) =>
  each(
    (b) => b.deliveryIds,
    (a, deliveryId) => call(a, { deliveryId, tenantId: a.tenantId }),
  )
const ofApprovals = (call: (a: Tenant, approvalId: string, b: Victim) => Promise<unknown>) =>
  each((b) => b.approvalIds, call)
const ofSchedules = (call: (a: Tenant, scheduleId: string, b: Victim) => Promise<unknown>) =>
  each((b) => b.scheduleIds, call)

const ofTombstones = (call: (a: Tenant, tombstoneId: string, b: Victim) => Promise<unknown>) =>
  each((b) => b.tombstoneIds, call)
const ofNotices = (call: (a: Tenant, noticeId: string) => Promise<unknown>) => each((b) => b.noticeIds, call)
const ofRequests = (call: (a: Tenant, requestId: string) => Promise<unknown>) =>
  each((b) => b.requestIds, call)
const ofExports = (call: (a: Tenant, exportId: string, b: Victim) => Promise<unknown>) =>
  each((b) => b.exportIds, call)
const ofBriefs = (call: (a: Tenant, briefId: string, b: Victim) => Promise<unknown>) =>
  each((b) => b.briefIds, call)
const tombstoneOn = (b: Victim) => ({
  tombstoneId: b.tombstoneIds[0] ?? '',
  kind: 'identity' as const,
  subjectId: b.identityId,
  reason: 'request',
  requestedAtMs: Date.now() + 9e8,
  dueAtMs: undefined,
  undone: false,
  tombstonedAtMs: undefined,
  purgedAtMs: undefined,
  counts: {},
})

const system = (a: Tenant) => ({ tenantId: a.tenantId, actor: { kind: 'system' } }) as const
const spending = { releaseMicroUsd: 0, settleMicroUsd: 7, wantMicroUsd: 7, leastMicroUsd: 7 }
const newTask = (needs: string[]) =>
  ({
    id: randomUUID(),
    kind: 'work',
    lane: 'worker',
    tier: 'quick',
    position: 500,
    answers: false,
    spec: { key: 'x', title: 'x', objective: 'x', output: '', files: [] },
    needs,
  }) as const
const newChange = (): PlanChange => ({ add: planOf({ x: [] }).tasks, drop: [] })
const addressOf = (b: Victim) => b.address as `local:${string}:${string}`
/** Says nothing unless what came back is a row of the victim. */
const notOf = (b: Victim) => (person: { identityId: string }) => person.identityId === b.identityId
const overheard = (): ThreadMessage => ({
  key: randomUUID(),
  author: { kind: 'person', externalId: 'owner', name: 'x' },
  text: 'x',
  files: [],
  saidAtMs: 1,
})
const newSchedule = (b: Victim, installationId: string) => ({
  installationId,
  thread: b.address as `local:${string}:${string}`,
  prompt: 'x',
  words: 'every hour',
  timeZone: 'UTC',
})

/** A thread of the attacker's own. */
async function threadOf(a: Tenant) {
  const thread = `local:terminal:${randomUUID()}` as const
  const { installationId, tenantId } = a
  const { threadId } = await within(a, (deps) =>
    ensureThread(deps, { tenantId, installationId, address: thread }),
  )
  return { thread, threadId, installationId }
}

/**
 * For each storage function, by `file#name`: every way for tenant `a` to ask for what is `b`'s. Each attempt must
 * come back with nothing or a `LoomError`, and must change nothing of `b`.
 */
export const attacks: Record<string, Attack> = {
  'approvals/ask.ts#askApproval': ofApprovals((a, _, b) =>
    askApproval(a.store, system(a), {
      task: b.held,
      holder: b.holder,
      stepId: b.stepId,
      callId: 'call',
      request: { tool: 'tool', input: {}, request: 'x' },
    }),
  ),
  'approvals/load.ts#loadApproval': ofApprovals((a, approvalId) =>
    loadApproval(a.store, a.context, { approvalId }),
  ),
  'approvals/load.ts#openApprovals': ofJobs((a, jobId) => openApprovals(a.store, a.context, { jobId })),
  'approvals/press.ts#expireApproval': ofApprovals((a, approvalId) =>
    expireApproval({ ...a.store, now: () => Date.now() + 9e8 }, system(a), { approvalId }),
  ),
  'approvals/press.ts#pressApproval': ofApprovals((a, approvalId) =>
    pressApproval(a.store, a.context, { approvalId, press: 'approved' }),
  ),
  'approvals/settle.ts#settleApproval': ofApprovals((a, id, b) =>
    within(a, (deps) =>
      settleApproval(deps, a.context, { approval: { id, ...b.held, tool: 'tool' }, state: 'approved' }),
    ),
  ),
  'deliveries/asked.ts#openAsked': ofJobs((a, jobId) => within(a, ({ tx }) => openAsked(tx, { jobId }))),
  'deliveries/due.ts#dueNow': ofDeliveries((a, { deliveryId, tenantId }) =>
    within(a, (deps) =>
      dueNow(deps, { tenantId, deliveryId, jobId: randomUUID(), address: 'slack:C0EVE:1.1' }),
    ),
  ),
  'deliveries/show-in.ts#hideIn': (a, b) =>
    b.jobIds.flatMap((jobId) =>
      b.threadIds.map(
        (threadId) => () => within(a, (deps) => hideIn(deps, { tenantId: a.tenantId, jobId, threadId })),
      ),
    ),
  'deliveries/show-in.ts#showIn': (a, b) =>
    b.jobIds.flatMap((jobId) =>
      [true, false].map((ended) => async () => {
        const { threadId, thread } = await threadOf(a)
        return within(a, (deps) =>
          showIn(deps, { tenantId: a.tenantId, jobId, threadId, address: thread, ended }),
        )
      }),
    ),
  'identities/link.ts#linkIdentities': (a, b) => [
    () => linkIdentities(a.store, a.context, { identityId: a.identityId, sameAsId: b.identityId }),
    () => linkIdentities(a.store, a.context, { identityId: b.identityId, sameAsId: a.identityId }),
    () => linkIdentities(a.store, a.context, { identityId: b.identityId, sameAsId: b.identityId }),
  ],
  'installations/reaching.ts#installationsReaching': (a, b) => [
    async () =>
      (await installationsReaching(a.store, a.context, { thread: addressOf(b) })).filter(
        (id) => id !== a.installationId,
      ),
  ],
  'jobs/find-called.ts#jobsCalled': ofJobs(async (a, jobId) => [
    await jobsCalled(a.store, a.context, { name: jobId }),
    await jobsCalled(a.store, a.context, { name: jobId.slice(-8) }),
  ]),
  'jobs/watch.ts#watchJob': (a, b) =>
    b.jobIds.flatMap((jobId) => [
      // Another's job into a thread of the attacker, and by the other's chat; as the operator, whom nobody asks who may.
      async () => watchJob(a.store, a.context, { jobId, ...(await threadOf(a)) }),
      async () =>
        watchJob(
          a.store,
          { tenantId: a.tenantId, actor: { kind: 'operator' } },
          { jobId, ...(await threadOf(a)) },
        ),
      () => watchJob(a.store, a.context, { jobId, installationId: b.installationId, thread: addressOf(b) }),
    ]),
  'jobs/watch.ts#unwatchJob': ofJobs((a, jobId, b) =>
    unwatchJob(a.store, a.context, { jobId, thread: addressOf(b) }),
  ),
  'deliveries/announce.ts#announce': ofJobs((a, jobId) =>
    within(a, (deps) =>
      announce(deps, { tenantId: a.tenantId, jobId, kind: 'question', subject: randomUUID() }),
    ),
  ),
  'deliveries/announce.ts#announceAgain': ofJobs((a, jobId) =>
    within(a, (deps) => announceAgain(deps, { tenantId: a.tenantId, jobId, kind: 'card', subject: '' })),
  ),
  'deliveries/ask-again.ts#askAgain': ofJobs((a, jobId) => askAgain(a.store, a.context, { jobId })),
  'deliveries/settle.ts#markAsked': (a, b) =>
    b.questionIds.flatMap((subject) =>
      ofDeliveries((attacker, due) =>
        markAsked(attacker.store, { ...due, ref: 'x', kind: 'question', subject, state: 'answered' }),
      )(a, b),
    ),
  'jobs/withdraw.ts#withdrawAsked': ofJobs((a, jobId) =>
    within(a, (deps) => withdrawAsked(deps, a.context, { jobId })),
  ),
  'questions/answer.ts#answerOldest': ofJobs((a, jobId, b) =>
    within(a, (deps) => answerOldest(deps, a.context, { jobId, messageId: b.messageIds[0] ?? '' })),
  ),
  'questions/answer.ts#answerQuestion': (a, b) =>
    b.jobIds.flatMap((jobId) => [
      () => answerQuestion(a.store, a.context, { jobId, text: 'x' }),
      ...b.questionIds.map(
        (questionId) => () => answerQuestion(a.store, a.context, { jobId, questionId, text: 'x' }),
      ),
    ]),
  'questions/ask.ts#askQuestion': (a, b) =>
    [a.tenantId, b.tenantId].map(
      (tenantId) => () =>
        askQuestion(a.store, system(a), {
          task: { ...b.held, tenantId },
          holder: b.holder,
          stepId: b.stepId,
          callId: 'call',
          question: { text: 'x', choices: [] },
        }),
    ),
  'questions/load.ts#loadQuestion': each(
    (b) => b.questionIds,
    (a, questionId) => loadQuestion(a.store, a.context, { questionId }),
  ),
  'questions/load.ts#openQuestions': ofJobs((a, jobId) => openQuestions(a.store, a.context, { jobId })),
  'steps/end-steps.ts#endSteps': (a, b) => [
    () => {
      const stepEnd = { id: b.stepId, ordinal: 0, results: [], activity: 'x' }
      return within(a, (deps) => endSteps(deps, { commits: [commitOf(b.held, b.keys, { stepEnd })] }))
    },
  ],
  'tasks/hold.ts#holdTask': (a, b) => [
    () => within(a, ({ tx }) => holdTask(tx, system(a), { task: b.held, holder: b.holder })),
  ],
  'tasks/rest.ts#restIdleJobs': (a, b) => [
    () => within(a, (deps) => restIdleJobs(deps, { tenantId: a.tenantId, jobIds: b.jobIds })),
  ],
  'tasks/rest.ts#restTask': (a, b) => [
    () => within(a, (deps) => restTask(deps, { ...b.held, tenantId: a.tenantId, reason: 'question' })),
  ],
  'tasks/wake.ts#wakeTask': (a, b) => [
    () => within(a, (deps) => wakeTask(deps, { ...b.held, tenantId: a.tenantId })),
  ],
  'tasks/wake.ts#wakeTasks': ofJobs((a, jobId) =>
    within(a, ({ tx }) => wakeTasks(tx, { tenantId: a.tenantId, jobId })),
  ),
  'artifacts/change.ts#revokeLinks': ofArtifacts((a, artifactId) =>
    revokeLinks(a.store, a.context, { artifactId }),
  ),
  'artifacts/change.ts#starArtifact': ofArtifacts((a, artifactId) =>
    starArtifact(a.store, a.context, { artifactId }),
  ),
  'artifacts/change.ts#unstarArtifact': ofArtifacts((a, artifactId) =>
    unstarArtifact(a.store, a.context, { artifactId }),
  ),
  'artifacts/find.ts#findArtifact': ofArtifacts((a, artifactId) =>
    findArtifact(a.store, a.context, { artifactId, issuedAtMs: Date.now() + 1_000 }),
  ),
  'artifacts/list.ts#listArtifacts': (a, b) =>
    [true, false].map(
      (starred) => () => listArtifacts(a.store, a.context, { askedBy: b.identityId, starred, limit: 1_000 }),
    ),
  'artifacts/threads-of.ts#threadsOf': ofArtifacts((a, artifactId) =>
    threadsOf(a.store, a.context, { artifactId }),
  ),
  'audit.ts#audit': (a, b) => [
    () =>
      within(a, (deps) =>
        audit(
          deps,
          { tenantId: b.tenantId, actor: b.context.actor },
          { action: 'job.create', subjectId: b.held.jobId },
        ),
      ),
  ],
  'briefs/accept.ts#acceptMention': (a, b) => {
    const mention = mentionOf({ thread: b.address as `local:${string}:${string}`, key: b.mentionKey })
    return [
      () =>
        acceptMention(a.store, a.context, {
          mention,
          installationId: b.installationId,
          identityId: b.identityId,
        }),
      () =>
        acceptMention(a.store, a.context, {
          mention,
          installationId: b.installationId,
          identityId: a.identityId,
        }),
      () =>
        acceptMention(a.store, a.context, {
          mention,
          installationId: a.installationId,
          identityId: a.identityId,
          forJobId: b.held.jobId,
        }),
      () =>
        acceptMention(a.store, a.context, {
          mention,
          installationId: a.installationId,
          identityId: b.identityId,
        }),
    ]
  },
  'briefs/attachments.ts#pendingAttachments': ofJobs((a, jobId) =>
    pendingAttachments(a.store, a.context, { jobId }),
  ),
  'briefs/attachments.ts#recordAttachments': each(
    (b) => b.attachmentIds,
    (a, id, b) =>
      recordAttachments(a.store, system(a), {
        task: b.gathering,
        holder: b.holder,
        fetched: [{ id, state: 'refused', name: 'x', reason: 'x' }],
      }),
  ),
  'budgets/open.ts#openBudgets': (a, b) => [
    () =>
      within(a, ({ tx }) =>
        openBudgets(tx, { tenantId: b.tenantId, keys: b.keys, jobCapMicroUsd: 1, monthCapMicroUsd: 1 }),
      ),
    () =>
      within(a, ({ tx }) =>
        openBudgets(tx, { tenantId: a.tenantId, keys: b.keys, jobCapMicroUsd: 1, monthCapMicroUsd: 1 }),
      ),
  ],
  'budgets/release.ts#releaseReservations': ofJobs((a, jobId, b) =>
    within(a, async ({ tx }) => {
      await releaseReservations(tx, { jobId })
      await releaseReservations(tx, { jobId, taskIds: b.taskIds })
    }),
  ),
  'budgets/spend.ts#spendExpected': (a, b) => [
    () => within(a, ({ tx }) => spendExpected(tx, [{ keys: b.keys.slice(0, 1), ...spending }])),
  ],
  'budgets/spend.ts#spendTogether': (a, b) => [
    () => within(a, ({ tx }) => spendTogether(tx, [{ keys: b.keys.slice(0, 1), ...spending }])),
  ],
  'budgets/spend.ts#spendAlone': (a, b) => [
    // What comes near its cap here is the attacker's own counter of that name, made above.
    () =>
      within(
        a,
        async ({ tx }) => (await spendAlone(tx, { keys: b.keys.slice(0, 1), ...spending })).grantedMicroUsd,
      ),
  ],
  'deliveries/claim.ts#loadDelivery': ofDeliveries((a, due) => loadDelivery(a.store, due)),
  'deliveries/open.ts#openDelivery': ofJobs((a, jobId, b) =>
    within(a, (deps) =>
      openDelivery(deps, {
        tenantId: a.tenantId,
        jobId,
        threadId: b.threadIds[0] ?? '',
        address: b.address,
        kind: 'notice',
      }),
    ),
  ),
  'deliveries/order.ts#othersArePending': ofJobs((a, jobId, b) =>
    othersArePending(a.store, { tenantId: a.tenantId, jobId, thread: b.address }),
  ),
  'deliveries/settle.ts#markShown': (a, b) =>
    [true, false].flatMap((last) =>
      ofDeliveries((attacker, due) =>
        markShown(attacker.store, { ...due, ref: 'x', shownSeq: 99, last, nextInMs: 9_999_999 }),
      )(a, b),
    ),
  'deliveries/keep.ts#keepDelivery': ofDeliveries((a, due) =>
    keepDelivery(a.store, { ...due, holder: randomUUID(), leaseMs: 9_999_999 }),
  ),
  'deliveries/rest-idle.ts#restIdleCards': ofDeliveries((a, due) =>
    restIdleCards(a.store, {
      ...{ tenantId: due.tenantId, deliveryIds: [due.deliveryId], holder: randomUUID(), nextInMs: 9_999_999 },
    }),
  ),
  'deliveries/settle.ts#lookAgain': ofDeliveries((a, due) =>
    lookAgain(a.store, { ...due, nextInMs: 9_999_999 }),
  ),
  'deliveries/settle.ts#markUnsent': (a, b) =>
    [9_999_999, undefined].flatMap((retryInMs) =>
      ofDeliveries((attacker, due) =>
        markUnsent(attacker.store, { ...due, errorKind: 'refused', retryInMs }),
      )(a, b),
    ),
  'events.ts#appendEvents': ofJobs((a, jobId) =>
    within(a, (deps) =>
      appendEvents(deps, { tenantId: a.tenantId, events: [{ jobId, event: { kind: 'done' } }] }),
    ),
  ),
  'jobs/answer.ts#loadAnswer': ofJobs((a, jobId) => loadAnswer(a.store, a.context, { jobId })),
  'jobs/end.ts#endJob': ofJobs((a, jobId) =>
    within(a, (deps) => endJob(deps, a.context, { jobId, state: 'cancelled', answer: 'x' })),
  ),
  'jobs/find.ts#findUnfinished': (a, b) =>
    b.digests.map((digest) => () => findUnfinished(a.store, a.context, { digest, limit: 10 })),
  'jobs/list.ts#listJobs': (a, b) => [
    () => listJobs(a.store, a.context, { limit: 1_000 }),
    () => listJobs(a.store, a.context, { limit: 1_000, askedBy: b.identityId }),
    ...b.threadIds.map((threadId) => () => listJobs(a.store, a.context, { limit: 1_000, threadId })),
  ],
  'erasure/due.ts#dropErasure': ofTombstones((a, tombstoneId) =>
    dropErasure(a.store, { tenantId: a.tenantId, tombstoneId }),
  ),
  'erasure/due.ts#endErasure': ofTombstones((a, tombstoneId, b) =>
    endErasure(a.store, a.context, {
      tombstoneId,
      receipt: (at) => {
        const by = { kind: 'system' } as const
        return { kind: 'forgotten', tenantId: a.tenantId, at, by, identityId: b.identityId, counts: {} }
      },
    }),
  ),
  'erasure/due.ts#lookAtErasureAgain': ofTombstones((a, tombstoneId) =>
    lookAtErasureAgain(a.store, { tenantId: a.tenantId, tombstoneId, dueAtMs: 0 }),
  ),
  'exports/ask.ts#askForExport': (a, b) => [
    () => {
      const actor = { kind: 'person', identityId: b.identityId } as const
      return askForExport(a.store, { ...a.context, actor }, { form: 'tenant', address: b.address })
    },
  ],
  'identities/correct.ts#correctPerson': (a, b) => [
    () => correctPerson(a.store, a.context, { identityId: b.identityId, name: 'forged', email: 'forged' }),
  ],
  // Both have an owner of that name: each finds its own.
  'identities/find.ts#findIdentity': (a, b) => [
    async () => {
      const owner = { platform: 'local', externalId: 'owner' } as const
      return (await findIdentity(a.store, a.context, owner)) === b.identityId
    },
  ],
  'notices/due.ts#loadNotice': ofNotices((a, noticeId) => loadNotice(a.store, a.context, { noticeId })),
  'notices/settle.ts#dropNotice': ofNotices((a, noticeId) => dropNotice(a.store, a.context, { noticeId })),
  'notices/settle.ts#endNotice': ofNotices((a, noticeId) =>
    endNotice(a.store, a.context, { noticeId, state: 'sent' }),
  ),
  'notices/settle.ts#postponeNotice': ofNotices((a, noticeId) =>
    postponeNotice(a.store, a.context, { noticeId, dueAtMs: 0 }),
  ),
  'objections/load.ts#loadObjections': (a, b) => [
    () => loadObjections(a.store, a.context, { identityId: b.identityId }),
  ],
  'objections/change.ts#changeObjection': (a, b) => [
    () => changeObjection(a.store, a.context, { what: 'feedback', off: true, identityId: b.identityId }),
    () => changeObjection(a.store, a.context, { what: 'memory', off: true, identityId: b.identityId }),
  ],
  'requests/close.ts#closeRequest': ofRequests((a, requestId) =>
    closeRequest(a.store, a.context, { requestId, state: 'answered', text: 'forged' }),
  ),
  'requests/load.ts#loadRequest': ofRequests((a, requestId) =>
    loadRequest(a.store, a.context, { requestId }),
  ),
  'exports/due.ts#beginExport': ofExports((a, exportId) => beginExport(a.store, a.context, { exportId })),
  'exports/due.ts#endExport': ofExports((a, exportId) => endExport(a.store, a.context, { exportId })),
  'exports/due.ts#loadExport': ofExports((a, exportId) => loadExport(a.store, a.context, { exportId })),
  'exports/open.ts#openExport': ofExports((a, exportId) => openExport(a.store, a.context, { exportId })),
  'exports/settle.ts#markExportFailed': ofExports((a, exportId) =>
    markExportFailed(a.store, a.context, { exportId, text: 'forged' }),
  ),
  'exports/settle.ts#markExportMade': ofExports((a, exportId) =>
    markExportMade(a.store, a.context, { exportId, text: 'forged', bytes: 1 }),
  ),
  'erasure/forget-person.ts#forgetPerson': (a, b) => [
    () => forgetPerson(a.store, a.context, { identityId: b.identityId }),
  ],
  'erasure/forget-person.ts#mustBeThere': (a, b) => [() => mustBeThere(a.store, a.context, b.identityId)],
  'erasure/forget-person.ts#weighForgetting': (a, b) => [
    () => weighForgetting(a.store, a.context, { identityId: b.identityId }),
  ],
  'erasure/forget-step.ts#eraseBriefRows': ofBriefs((a, briefId, b) =>
    within(a, ({ tx }) => eraseBriefRows(tx, a.context, { briefId, jobIds: b.jobIds })),
  ),
  'erasure/forget-step.ts#forgetStep': (a, b) => [
    async () => {
      const turn = { batch: 100, settleMs: 0 }
      const done = await forgetStep(a.store, a.context, { ...turn, tombstone: tombstoneOn(b) })
      return done === 'done' ? undefined : done
    },
  ],
  'erasure/posts.ts#endPosts': ofTombstones((a, tombstoneId) =>
    endPosts(a.store, a.context, { tombstoneId }),
  ),
  'erasure/posts.ts#giveUpPosts': ofTombstones((a, tombstoneId, b) =>
    giveUpPosts(a.store, a.context, { tombstoneId, jobIds: b.jobIds }),
  ),
  // Of nothing that it can see it says that there is nothing else.
  'erasure/posts.ts#isLastPost': ofDeliveries(
    async (a, { deliveryId }) => !(await isLastPost(a.store, a.context, { deliveryId })),
  ),
  'erasure/posts.ts#listPosts': (a) => [
    () => listPosts(a.store, a.context, { limit: 100, exceptInstallations: [] }),
  ],
  'erasure/posts.ts#withdrawUnsent': (a) => [() => withdrawUnsent(a.store, a.context, {})],
  'erasure/posts.ts#settlePost': (a, b) =>
    b.deliveryIds.map(
      (deliveryId) => () =>
        settlePost(a.store, a.context, {
          ...{ tombstoneId: b.tombstoneIds[0] ?? '', deliveryId, removal: 'removed' },
        }),
    ),
  'erasure/tombstones.ts#addCounts': ofTombstones((a, tombstoneId) =>
    within(a, ({ tx }) => addCounts(tx, { tombstoneId, counts: { rows: 7, told: 'yes' } })),
  ),
  'erasure/tombstones.ts#loadTombstone': (a, b) => [
    ...b.tombstoneIds.map((tombstoneId) => () => loadTombstone(a.store, a.context, { tombstoneId })),
    () => loadTombstone(a.store, a.context, { kind: 'identity', subjectId: b.identityId }),
  ],
  'erasure/tombstones.ts#openTombstone': (a, b) => [
    () =>
      within(a, async (deps) => {
        const subject = { kind: 'identity', subjectId: b.identityId } as const
        const at = new Date().toISOString()
        // A row of the attacker's own, about nobody.
        await openTombstone(deps, a.context, { ...subject, reason: 'request', at, dueAt: null, ledgerSeq: 1 })
      }),
    () =>
      within(a, (deps) => {
        const at = new Date().toISOString()
        const subject = { kind: 'tenant', subjectId: b.tenantId } as const
        const context = { ...a.context, tenantId: b.tenantId }
        return openTombstone(deps, context, { ...subject, reason: 'request', at, dueAt: null, ledgerSeq: 1 })
      }),
  ],
  'identities/ignore.ts#heedPerson': (a, b) => [
    () => heedPerson(a.store, a.context, { identityId: b.identityId }),
  ],
  'identities/ignore.ts#ignorePerson': (a, b) => [
    () => ignorePerson(a.store, a.context, { identityId: b.identityId }),
  ],
  'identities/is-owner.ts#isOwner': (a, b) => [
    () => isOwner(a.store, { tenantId: a.tenantId, actor: { kind: 'person', identityId: b.identityId } }),
  ],
  'identities/is-admin.ts#isAdmin': (a, b) => [
    () => isAdmin(a.store, { tenantId: a.tenantId, actor: b.context.actor }),
  ],
  'jobs/may-decide.ts#mayDecide': ofJobs((a, jobId) => mayDecide(a.store, a.context, { jobId })),
  'jobs/may-decide.ts#isAskerOrAdmin': (a, b) => [
    () =>
      within(a, ({ tx }) =>
        isAskerOrAdmin(tx, { tenantId: a.tenantId, actor: b.context.actor }, { askedBy: b.identityId }),
      ),
  ],
  'feedback/give.ts#giveFeedback': ofJobs((a, jobId, b) =>
    giveFeedback(a.store, { tenantId: a.tenantId, actor: b.context.actor }, { jobId, value: -1 }),
  ),
  'identities/change.ts#changeIdentity': (a, b) => [
    () => changeIdentity(a.store, a.context, { identityId: b.identityId, name: 'x', role: 'guest' }),
  ],
  'identities/ensure.ts#ensurePerson': (a, b) => [
    () =>
      ensurePerson(a.store, a.context, { platform: 'local', externalId: 'owner', name: 'x' }).then(notOf(b)),
  ],
  'inbox/take-once.ts#takeOnce': (a, b) => [
    // The attacker's own inbox has no such key: that it is taken there says nothing of the other's.
    async () => !(await takeOnce(a.store, a.context, { key: b.mentionKey, kind: 'mention' })),
  ],
  'installations/change.ts#changeInstallation': (a, b) => [
    () =>
      changeInstallation(a.store, a.context, {
        installationId: b.installationId,
        change: { reaction: 'x' },
      }),
  ],
  'installations/change.ts#claimInforming': (a, b) => [
    () => claimInforming(a.store, a.context, { installationId: b.installationId }),
  ],
  'installations/list.ts#listInstallations': (a) => [
    async () =>
      (await listInstallations(a.store, a.context, { platform: 'local' })).filter(
        ({ installationId }) => installationId !== a.installationId,
      ),
  ],
  'installations/find.ts#loadInstallation': (a, b) => [
    () => loadInstallation(a.store, a.context, { installationId: b.installationId }),
  ],
  'installations/revoke.ts#revokeInstallation': (a, b) => [
    () => revokeInstallation(a.store, a.context, { installationId: b.installationId }),
  ],
  'installations/tokens.ts#openTokens': (a, b) => [
    () => openTokens(a.store, a.context, { installationId: b.installationId }),
  ],
  'installations/version.ts#installationVersion': (a, b) => [
    () => installationVersion(a.store, a.context, { installationId: b.installationId }),
  ],
  'threads/change.ts#changeThreadMessage': (a, b) => [
    () => changeThreadMessage(a.store, a.context, { thread: addressOf(b), key: b.mentionKey, text: 'x' }),
  ],
  'threads/change.ts#removeThreadMessage': (a, b) => [
    () => removeThreadMessage(a.store, a.context, { thread: addressOf(b), key: b.mentionKey }),
  ],
  'threads/ensure.ts#ensureThread': (a, b) => [
    () =>
      within(a, (deps) =>
        ensureThread(deps, {
          tenantId: b.tenantId,
          installationId: b.installationId,
          address: b.address,
        }),
      ),
    () =>
      within(a, (deps) =>
        ensureThread(deps, {
          tenantId: a.tenantId,
          installationId: b.installationId,
          address: b.address,
        }),
      ),
  ],
  'threads/asker.ts#askerOf': (a, b) => [() => askerOf(a.store, a.context, { thread: addressOf(b) })],
  'threads/begun-by.ts#wasPrompt': (a, b) => [
    () => wasPrompt(a.store, a.context, { thread: addressOf(b), key: b.mentionKey }),
  ],
  'threads/gone.ts#threadsGone': (a, b) => {
    const { channel, platform, thread } = parseThreadId(addressOf(b))
    const words = { answer: 'x', stopped: 'x', rests: 'x' }
    return [
      () => threadsGone(a.store, a.context, { platform, channel, words }),
      () => threadsGone(a.store, a.context, { platform, channel, thread, words }),
    ]
  },
  'threads/find.ts#findThread': (a, b) => [() => findThread(a.store, a.context, { thread: addressOf(b) })],
  'threads/find.ts#findThreads': (a, b) => [
    async () => (await findThreads(a.store, a.context, { threads: [addressOf(b)] }))[0],
  ],
  'threads/spoke-in.ts#spokeIn': (a, b) => [
    () => spokeIn(a.store, a.context, { thread: addressOf(b), platform: 'local', externalId: 'owner' }),
  ],
  'threads/quick-turn.ts#quickTurn': (a, b) => [
    () =>
      within(a, ({ tx }) =>
        quickTurn(tx, a.context, { thread: addressOf(b), identityId: b.identityId, nowMs: Date.now() }),
      ),
  ],
  'threads/quick-turn.ts#threadTakenTo': (a, b) => [
    () => threadTakenTo(a.store, a.context, { key: b.mentionKey }),
  ],
  'threads/keep.ts#keepThreadMessage': (a, b) => [
    () => keepThreadMessage(a.store, a.context, { thread: addressOf(b), message: overheard() }),
  ],
  'threads/keep-messages.ts#keepMessages': (a, b) =>
    [a.tenantId, b.tenantId].map(
      (tenantId) => () =>
        within(a, (deps) =>
          keepMessages(deps, {
            tenantId,
            threadId: b.threadIds[0] ?? '',
            platform: 'local',
            messages: [overheard()],
          }),
        ),
    ),
  'deliveries/say.ts#sayInThread': (a, b) => [
    () =>
      sayInThread(a.store, a.context, {
        installationId: b.installationId,
        thread: addressOf(b),
        subject: 'x',
        text: 'x',
      }),
  ],
  'usage/report.ts#usageReport': (a) => [
    async () => ({ ...(await usageReport(a.store, a.context)), monthCapMicroUsd: 0 }),
  ],
  'threads/keep-history.ts#keepHistory': (a, b) =>
    [a.tenantId, b.tenantId].map(
      (tenantId) => () =>
        keepHistory(a.store, system(a), {
          task: { ...b.gathering, tenantId },
          holder: b.holder,
          messages: [overheard()],
        }),
    ),
  'briefs/attach.ts#attach': each(
    (b) => b.briefIds,
    (a, briefId) =>
      within(a, (deps) =>
        attach(deps, { tenantId: a.tenantId, briefId, files: [{ name: 'x', source: 'x' }] }),
      ),
  ),
  'briefs/attach.ts#attachLater': each(
    (b) => b.briefIds,
    (a, briefId, b) =>
      within(a, (deps) =>
        attachLater(deps, { tenantId: b.tenantId, briefId, files: [{ name: 'x', source: 'x' }] }),
      ),
  ),
  'briefs/thread.ts#readThreads': ofJobs((a, jobId) =>
    within(a, async (deps) => [...(await readThreads(deps, [jobId])).values()]),
  ),
  'briefs/gathering.ts#loadGathering': ofJobs((a, jobId) => loadGathering(a.store, a.context, { jobId })),
  'briefs/take-context.ts#takeContext': (a, b) =>
    [a.tenantId, b.tenantId].map(
      (tenantId) => () =>
        takeContext(a.store, system(a), { task: { ...b.gathering, tenantId }, holder: b.holder }),
    ),
  'briefs/forget-removed.ts#forgetRemoved': each(
    (b) => b.briefIds,
    (a, briefId) => within(a, (deps) => forgetRemoved(deps, { briefId })),
  ),
  'jobs/lock.ts#lockJobs': (a, b) => [() => within(a, ({ tx }) => lockJobs(tx, b.jobIds))],
  'briefs/open-job.ts#openJob': (a, b) => [
    () =>
      within(a, (deps) =>
        openJob(deps, a.context, {
          jobId: randomUUID(),
          threadId: b.threadIds[0] ?? '',
          address: b.address,
          messageId: b.messageIds[0] ?? '',
          askedBy: null,
          text: 'x',
          files: [],
        }),
      ),
  ],
  'briefs/said.ts#loadSaid': ofJobs((a, jobId, b) =>
    loadSaid(a.store, a.context, { jobId, taskId: b.taskIds[0] ?? '' }),
  ),
  'briefs/said.ts#readSaid': ofJobs((a, jobId) =>
    within(a, async (deps) => (await readSaid(deps, [jobId])).get(jobId)),
  ),
  'briefs/keep-message.ts#keepMessage': (a, b) => [
    () =>
      within(a, (deps) =>
        keepMessage(deps, {
          tenantId: a.tenantId,
          threadId: b.threadIds[0] ?? '',
          identityId: undefined,
          text: 'x',
          saidAtMs: 1,
        }),
      ),
  ],
  'briefs/say.ts#steer': ofJobs((a, jobId, b) =>
    within(a, (deps) =>
      steer(deps, a.context, {
        jobId,
        briefId: b.briefIds[0] ?? '',
        messageId: b.messageIds[0] ?? '',
        text: '@task-a x',
      }),
    ),
  ),
  'briefs/say.ts#sayTo': (a, b) =>
    b.jobIds.flatMap((jobId) => [
      () => sayTo(a.store, a.context, { jobId, text: 'x' }),
      () => sayTo(a.store, a.context, { jobId, text: 'x', to: '1' }),
    ]),
  'briefs/pass-on.ts#passOn': (a, b) => [() => within(a, ({ tx }) => passOn(tx, { taskIds: b.taskIds }))],
  'jobs/finish.ts#finishJob': ofJobs((a, jobId) => finishJob(a.store, a.context, { jobId })),
  'jobs/note-people.ts#notePeople': ofJobs((a, jobId, b) =>
    within(a, ({ tx }) => notePeople(tx, { tenantId: b.tenantId, jobId })),
  ),
  'jobs/note-estimate.ts#noteEstimate': ofJobs((a, jobId, b) =>
    within(a, (deps) =>
      noteEstimate(deps, {
        tenantId: b.tenantId,
        jobId,
        budgetKeys: b.keys,
        estimate: { leastMicroUsd: 9e12, mostMicroUsd: 9e12 },
      }),
    ),
  ),
  'jobs/warn-of-cap.ts#warnOfCap': ofJobs((a, jobId, b) =>
    within(a, (deps) =>
      warnOfCap(deps, {
        tenantId: b.tenantId,
        jobId,
        cap: { scope: 'job', key: jobId, settledMicroUsd: 8, capMicroUsd: 10 },
      }),
    ),
  ),
  'jobs/moved.ts#takeBack': ofJobs((a, jobId, b) =>
    within(a, async ({ tx }) => {
      await takeBack(tx, { jobId })
      await takeBack(tx, { jobId, taskIds: b.taskIds })
    }),
  ),
  'jobs/end-overdue.ts#endOverdueJobs': (a) => [
    // Everything is overdue at once: of the attacker's own, which has no job, and of nobody else's.
    () => endOverdueJobs(a.store, a.context, { suspended: 0, life: 0, kept: 0 }),
  ],
  'jobs/stop.ts#stopJob': ofJobs((a, jobId) =>
    stopJob(a.store, a.context, { jobId, state: 'cancelled', answer: 'x' }),
  ),
  'jobs/suspend.ts#suspendJob': ofJobs((a, jobId) =>
    suspendJob(a.store, a.context, { jobId, reason: 'cap' }),
  ),
  'jobs/change-cap.ts#changeCap': ofJobs((a, jobId) =>
    changeCap(a.store, a.context, { jobId, capMicroUsd: 9e9 }),
  ),
  'jobs/details.ts#loadDetails': ofJobs((a, jobId) => loadDetails(a.store, a.context, { jobId })),
  'jobs/look.ts#lookAtJob': ofJobs((a, jobId) => lookAtJob(a.store, a.context, { jobId })),
  'jobs/suspend.ts#raiseCap': ofJobs((a, jobId) => raiseCap(a.store, a.context, { jobId, capMicroUsd: 9e9 })),
  'jobs/view.ts#viewJob': ofJobs((a, jobId) => viewJob(a.store, a.context, { jobId })),
  'models/load.ts#listProviderKeys': (a) => [() => listProviderKeys(a.store, a.context)],
  'models/load.ts#loadTenantModels': (a) => [() => loadTenantModels(a.store, a.context)],
  'models/change.ts#dropProviderKey': (a) => [
    () => dropProviderKey(a.store, a.context, { provider: 'anthropic' }),
  ],
  'models/change.ts#setProviderKey': (a) => [
    () => setProviderKey(a.store, a.context, { provider: 'anthropic', key: 'sk-of-the-attacker' }),
  ],
  'models/change.ts#setTier': (a) => [
    () => setTier(a.store, a.context, { tier: 'deep', names: ['openai/gpt-5.4'] }),
    () => setTier(a.store, a.context, { tier: 'deep', names: undefined }),
  ],
  'schedules/change.ts#deleteSchedule': ofSchedules((a, scheduleId) =>
    deleteSchedule(a.store, a.context, { scheduleId }),
  ),
  'schedules/change.ts#pauseSchedule': ofSchedules((a, scheduleId) =>
    pauseSchedule(a.store, a.context, { scheduleId }),
  ),
  'schedules/change.ts#resumeSchedule': ofSchedules((a, scheduleId) =>
    resumeSchedule(a.store, a.context, { scheduleId }),
  ),
  'schedules/change.ts#setScheduleZone': ofSchedules((a, scheduleId) =>
    setScheduleZone(a.store, a.context, { scheduleId, timeZone: 'Asia/Tokyo' }),
  ),
  'schedules/create.ts#createSchedule': (a, b) => [
    () => createSchedule(a.store, a.context, newSchedule(b, b.installationId)),
    () =>
      createSchedule(
        a.store,
        { tenantId: a.tenantId, actor: b.context.actor },
        newSchedule(b, a.installationId),
      ),
  ],
  'schedules/list.ts#listSchedules': (a) => [() => listSchedules(a.store, a.context)],
  'schedules/open-run.ts#openRun': ofSchedules((a, scheduleId, b) =>
    within(a, (deps) =>
      openRun(deps, system(a), {
        scheduleId,
        dueAtMs: 0,
        threadId: b.threadIds[0] ?? '',
        address: b.address,
        askedBy: b.identityId,
        prompt: 'x',
        capMicroUsd: 1,
      }),
    ),
  ),
  'schedules/run.ts#runSchedule': ofSchedules((a, scheduleId) =>
    runSchedule({ ...a.store, now: () => Date.now() + 8 * 86_400_000 }, system(a), { scheduleId }),
  ),
  'timers.ts#clearTimer': ofSchedules((a, subjectId) =>
    within(a, ({ tx }) => clearTimer(tx, a.context, { kind: 'schedule', subjectId })),
  ),
  'timers.ts#setTimer': ofSchedules((a, subjectId) =>
    within(a, ({ tx }) => setTimer(tx, a.context, { kind: 'schedule', subjectId, dueAtMs: 0 })),
  ),
  'steps/commit.ts#commitSteps': (a, b) =>
    [
      { step: stepOf({ costMicroUsd: 7 }) },
      { files: [fileOf('final/x.md')] },
      { wantMicroUsd: 7, leastMicroUsd: 7 },
      done(),
      failed(),
      { outcome: { state: 'done', result: '', plan: planOf({ x: [] }) } as const },
      { ...done(), answers: true },
      { ...failed(), answers: true },
      { outcome: { state: 'waiting', draft: 'x' } as const, answers: true },
      { outcome: { state: 'waiting', change: newChange() } as const },
    ].map((part) => () => {
      const commits = [commitOf({ ...b.held, tenantId: a.tenantId }, b.keys, part)]
      return commitSteps(a.store, system(a), { holder: b.holder, commits })
    }),
  'steps/finish.ts#finishTasks': (a, b) =>
    [
      done(),
      failed(),
      { ...done(), answers: true },
      { outcome: { state: 'done', result: '', plan: planOf({ x: [] }) } as const },
      { outcome: { state: 'waiting', draft: 'x' } as const },
      { outcome: { state: 'waiting', change: newChange() } as const },
    ].map(
      (part) => () => within(a, (deps) => finishTasks(deps, system(a), [commitOf(b.held, b.keys, part)])),
    ),
  'steps/write-files.ts#writeFiles': (a, b) => [
    () => {
      const commits = [commitOf(b.held, b.keys, { files: [fileOf('final/verdict.md')] })]
      return within(a, (deps) => writeFiles(deps, { tenantId: a.tenantId, commits }))
    },
  ],
  'steps/write-steps.ts#writeSteps': (a, b) => [
    () => {
      const commits = [commitOf(b.held, b.keys, { step: stepOf() })]
      return within(a, (deps) => writeSteps(deps, { tenantId: a.tenantId, commits }))
    },
  ],
  'steps/write-summaries.ts#writeSummaries': (a, b) => [
    () => {
      const summary = summaryOf({ standsForBefore: 0, text: 'overwritten' })
      const commits = [commitOf(b.held, b.keys, { summary })]
      return within(a, (deps) => writeSummaries(deps, { tenantId: a.tenantId, commits }))
    },
  ],
  'tasks/add-plan.ts#addPlan': ofJobs((a, jobId, b) =>
    within(a, (deps) =>
      addPlan(deps, {
        tenantId: a.tenantId,
        jobId,
        plannerId: b.taskIds[0] ?? '',
        plan: planOf({ x: [], y: [] }),
      }),
    ),
  ),
  'tasks/add-system.ts#addSystemTasks': ofJobs((a, jobId) =>
    within(a, (deps) => addSystemTasks(deps, { tenantId: a.tenantId, jobId, gather: true })),
  ),
  'tasks/add-system.ts#insertTasks': ofJobs((a, jobId, b) =>
    within(a, (deps) => insertTasks(deps, { tenantId: a.tenantId, jobId, tasks: [newTask(b.taskIds)] })),
  ),
  'tasks/agents.ts#loadAgents': ofJobs((a, jobId) => within(a, (deps) => loadAgents(deps, { jobId }))),
  'tasks/choose.ts#chooseAgent': ofJobs((a, jobId) =>
    within(a, (deps) => chooseAgent(deps, { jobId, name: '1' })),
  ),
  'tasks/drop-agent.ts#dropAgent': ofJobs((a, jobId) => dropAgent(a.store, a.context, { jobId, name: 'a' })),
  'tasks/add-replan.ts#addReplan': ofJobs((a, jobId) =>
    within(a, (deps) => addReplan(deps, { tenantId: a.tenantId, jobId })),
  ),
  'tasks/change-plan.ts#changePlan': ofJobs((a, jobId, b) =>
    within(a, (deps) => {
      const byTaskId = b.taskIds[0] ?? ''
      return changePlan(deps, { tenantId: a.tenantId, jobId, byTaskId, change: newChange() })
    }),
  ),
  'tasks/drop.ts#dropTasks': ofJobs((a, jobId, b) =>
    within(a, (deps) => dropTasks(deps, { tenantId: a.tenantId, jobId, taskIds: b.taskIds })),
  ),
  'tasks/end.ts#failHopeless': (a, b) => [
    () => within(a, (deps) => failHopeless(deps, { tenantId: a.tenantId, taskIds: b.taskIds })),
  ],
  'tasks/free.ts#freeWaiting': (a, b) => [
    () =>
      within(a, async ({ tx }) => {
        const [, freed] = await Promise.all(freeWaiting(tx, { tenantId: a.tenantId, ids: b.taskIds }))
        return freed
      }),
  ],
  'tasks/hopeless.ts#findHopeless': (a, b) => [
    () => within(a, (deps) => findHopeless(deps, { taskIds: b.taskIds })),
  ],
  'tasks/review.ts#addReview': ofJobs((a, jobId, b) =>
    within(a, (deps) => {
      const review = { jobId, taskId: b.taskIds[0] ?? '', draft: 'x', asked: 0 }
      return addReview(deps, { tenantId: a.tenantId, ...review })
    }),
  ),
  'tasks/review.ts#waitMidway': each(
    (b) => b.taskIds,
    (a, taskId) => within(a, (deps) => waitMidway(deps, { tenantId: a.tenantId, taskId })),
  ),
  'tasks/end.ts#endTasks': (a, b) => [
    () => {
      const ends = b.taskIds.map(
        (taskId) =>
          ({ taskId, jobId: b.held.jobId, state: 'done', result: '', errorKind: undefined }) as const,
      )
      return within(a, (deps) => endTasks(deps, { tenantId: a.tenantId, ends }))
    },
  ],
  'tasks/load.ts#loadTasks': (a, b) => [() => loadTasks(a.store, a.context, { taskIds: b.taskIds })],
  'briefs/load-attachments.ts#loadAttachments': (a, b) => [
    () => within(a, async (deps) => [...(await loadAttachments(deps, b.briefIds))]),
  ],
  'tasks/load-files.ts#loadFiles': (a, b) => [
    () => within(a, async (deps) => [...(await loadFiles(deps, [b.held.jobId]))]),
  ],
  'tasks/load-jobs.ts#loadJobs': (a, b) => [
    () => within(a, async (deps) => [...(await loadJobs(deps, [b.held.jobId]))]),
  ],
  'tasks/load-steps.ts#loadSteps': (a, b) => [
    () => within(a, async (deps) => [...(await loadSteps(deps, b.taskIds))]),
  ],
  'tasks/note-delay.ts#noteDelay': (a, b) => [
    () => noteDelay(a.store, system(a), { task: b.held, holder: b.holder, message: 'x' }),
  ],
  'tasks/rerun.ts#rerunAgent': ofJobs((a, jobId) => rerunAgent(a.store, a.context, { jobId, name: 'a' })),
  'tasks/start.ts#startTasks': (a, b) => [
    () => startTasks(a.store, a.context, { tasks: [b.held, b.gathering] }),
    () => startTasks(a.store, a.context, { tasks: [{ ...b.held, tenantId: a.tenantId }] }),
  ],
  'identities/ensure.ts#ensureIdentity': (a, b) => [
    () =>
      within(a, (deps) =>
        ensureIdentity(deps, {
          tenantId: b.tenantId,
          platform: 'local',
          person: { externalId: 'somebody', name: 'Somebody' },
          role: 'owner',
        }),
      ),
  ],
}

/** Exported functions that take no tenant to attack, each with the reason. */
export const exceptions: Record<string, string> = {
  'briefs/accept.ts#briefDigest': 'pure: a keyed hash by the sealer it is given',
  'budgets/keys.ts#budgetKeys': 'pure',
  'approvals/expire-due.ts#dueApprovals': 'looks across tenants by design and answers ids only',
  'approvals/expire-due.ts#expireDueApprovals': 'made of the verbs above, each under the tenant of its timer',
  'database.ts#inSnapshot': 'the dump’s transaction; that only its role sees rows in it is tested here',
  'dump/frames.ts#damaged': 'pure',
  'dump/frames.ts#readFrames': 'pure',
  'dump/frames.ts#writeFrame': 'pure',
  'dump/names.ts#dumpKey': 'pure',
  'dump/names.ts#dumpName': 'pure',
  'dump/names.ts#isDumpId': 'pure',
  'dump/names.ts#newDumpId': 'pure',
  'dump/read.ts#readDump': 'the operator’s, over all tenants by design, into an empty database',
  'dump/rebuild.ts#rebuildCrossing': 'the operator’s, over all tenants by design, each under its own',
  'dump/sealed-stream.ts#openStream': 'pure',
  'dump/sealed-stream.ts#readHeader': 'pure',
  'dump/sealed-stream.ts#sealStream': 'pure',
  'dump/shelf.ts#listDumps': 'over the object store alone',
  'dump/shelf.ts#removeOldDumps': 'over the object store and the dumps’ own keys alone',
  'dump/write.ts#columnsOf': 'reads the schema, no rows',
  'dump/write.ts#quoted': 'pure',
  'dump/write.ts#writeDump': 'over all tenants by design, by the role that opens no key',
  'erasure/table-order.ts#parentsFirst': 'reads the schema, no rows',
  'migrate.ts#migrateDatabaseTo': 'acts before there are tenants',
  'migrate.ts#schemaVersion': 'pure',
  'erasure/apply.ts#applyDeed': 'does what the ledger says, each under the tenant that its entry names',
  'erasure/citing.ts#citing': 'a part of statements, attacked through forgetStep and weighForgetting',
  'erasure/citing.ts#momentOf': 'pure',
  'erasure/delete-tenant.ts#loadDeletion': 'takes its tenant from the context alone',
  'erasure/delete-tenant.ts#requestDeletion': 'takes its tenant from the context alone',
  'erasure/delete-tenant.ts#tombstoneTenant': 'takes its tenant from the context alone',
  'erasure/delete-tenant.ts#undoDeletion': 'takes its tenant from the context alone',
  'timers.ts#claimTimers': 'looks across tenants by design and answers ids only',
  'erasure/due.ts#claimErasures': 'looks across tenants by design and answers ids only',
  'exports/note.ts#noteExport': 'takes its tenant from the context alone',
  'notices/count.ts#countNotices': 'over all tenants by design, by the role that opens no key; counts only',
  'notices/due.ts#areNoticesOpen': 'looks across tenants by design and answers yes or no',
  'notices/due.ts#claimNotices': 'looks across tenants by design and answers ids only',
  'notices/list.ts#accountsAfter': 'looks across tenants by design and answers ids only',
  'notices/list.ts#listHolders': 'takes its tenant from the context alone',
  'notices/versions.ts#announceVersion': 'over what belongs to no tenant',
  'notices/versions.ts#beginVersion': 'over what belongs to no tenant',
  'notices/versions.ts#hasAccounts': 'looks across tenants by design and answers yes or no',
  'notices/versions.ts#loadVersions': 'over what belongs to no tenant',
  'notices/versions.ts#lookAtVersions': 'over what belongs to no tenant, before there is a schema',
  'notices/versions.ts#markListed': 'over what belongs to no tenant',
  'notices/versions.ts#markTold': 'over what belongs to no tenant',
  'objections/apply.ts#applyObjection': 'does what the ledger says, under the tenant that its entry names',
  'objections/load.ts#objectionsIn': 'loadObjections within a transaction; attacked through it',
  'requests/list.ts#listRequests':
    'over all tenants by design, by the role that opens no key; ids and kinds only',
  'requests/open.ts#openRequest': 'takes its tenant from the context alone',
  'exports/due.ts#claimExports': 'looks across tenants by design and answers ids only',
  'erasure/erase-step.ts#eraseStep':
    'takes its tenant from the context alone; that others keep all is tested in erase-tenant.test.ts',
  'erasure/open-account.ts#mustBeOpen': 'looks at the one account of its transaction',
  'erasure/stop-jobs.ts#stopLiveJobs': 'takes its tenant from the context alone',
  'erasure/stop-jobs.ts#sealerOf': 'a part of what stops and tells, over keys alone',
  'erasure/tell-stopped.ts#tellStopped': 'what an undo says inside its transaction, under its tenant',
  'erasure/delete-tenant.ts#removesPosts': 'pure',
  'identities/refuse-ignored.ts#refuseIgnored': 'a part of what takes words, attacked through these',
  'ledger/bucket-ledger.ts#createBucketLedger': 'a place of files',
  'ledger/disk-ledger.ts#createDiskLedger': 'a place of files',
  'ledger/entries.ts#actorOf': 'pure',
  'ledger/entries.ts#brokenChain': 'pure',
  'ledger/entries.ts#readEntry': 'pure',
  'ledger/entries.ts#writeEntry': 'pure',
  'ledger/follow.ts#followLedger': 'does what the ledger says, each under the tenant that its entry names',
  'ledger/follow.ts#isBehindLedger': 'over what belongs to no tenant',
  'ledger/follow.ts#recordDeed': 'writes what its caller decides; attacked through its callers',
  'check-login.ts#checkLogin': 'asks the server about a login for the doctor; reads the schema, no rows',
  'database-error.ts#databaseError': 'pure',
  'database.ts#onceAcrossTenants': 'one statement over the closed list, outside any tenant',
  'schedules/create.ts#insertSchedule':
    'what createSchedule does inside its transaction; attacked through it',
  'steps/commit-plain.ts#commitAtOnce': 'what commitSteps does with plain members; attacked through it',
  'steps/commit-plain.ts#isPlain': 'pure',
  'steps/events-of.ts#eventsOf': 'pure',
  'steps/held-rows.ts#allHeldRows': 'heldRows that fails its transaction; part of commitSteps',
  'steps/held-rows.ts#holdOf': 'pure',
  'steps/held-rows.ts#heldRows':
    'by holder and fence, over ready tasks of the tenant it is given; part of commitSteps',
  'tasks/end.ts#endExpected': 'endTasks in one round trip; part of commitSteps, attacked through it',
  'steps/note-progress.ts#noteProgress': 'a part of commitSteps, attacked through it',
  'steps/spending-of.ts#costOf': 'pure',
  'steps/spending-of.ts#spendingOf': 'pure',
  'database.ts#atOnceInTenant': 'the wall itself, in one round trip; tested by what commits through it',
  'database.ts#acrossTenants':
    'the transaction over the closed list; that tenant tables are empty in it is tested here',
  'database.ts#connectDatabase': 'opens a pool; what its roles may do is tested here',
  'database.ts#inTenant': 'the wall itself; tested here',
  'database.ts#whileLocked': 'holds a number and reads no row',
  'briefs/earlier.ts#earlierJobs': 'a part of takeContext, attacked through it',
  'briefs/earlier.ts#filesOfJobs': 'a part of takeContext, attacked through it',
  'deliveries/claim.ts#claimDeliveries': 'looks across tenants by design and answers ids only',
  'deliveries/free.ts#freeLostDeliveries': 'looks across tenants by design and answers a count',
  'leases/holder-is-gone.ts#holderIsGone': 'a condition of a statement',
  'dial.ts#createDialer': 'opens sockets',
  'deliveries/open.ts#threadHash': 'pure: a keyed hash by the sealer it is given',
  'identities/same-person.ts#identitiesOf': 'a part of statements under the tenant',
  'identities/short-name.ts#shortName': 'pure',
  'jobs/look.ts#threadsOfJob': 'a part of statements under the tenant',
  'installations/find.ts#findInstallation':
    'finds the tenant by the outside id that the platform vouched for',
  'installations/list.ts#tenantsOn': 'looks across tenants by design and answers ids only',
  'threads/direct.ts#directThreads': 'takes its tenant from the context alone',
  'threads/live.ts#liveThreads': 'takes its tenant from the context alone',
  'installations/save.ts#saveInstallation':
    'finds the tenant by the outside id that the platform vouched for; refuses one that is named and another',
  'leases/fair-share.ts#createFairShare': 'made of the verbs above',
  'leases/keeper.ts#startLeaseKeeper': 'renews by holder; touches ready tasks only',
  'leases/runner.ts#startTaskRunner': 'made of the verbs above',
  'leases/settle-fault.ts#settleFault': 'made of the verbs above',
  'limits/draw.ts#drawLimits': 'over what belongs to no tenant',
  'limits/learn.ts#learnLimits': 'over what belongs to no tenant',
  'migrate.ts#checkSchema': 'reads the names of migrations',
  'migrate.ts#schemaFault': 'pure',
  'migrate.ts#schemaState': 'reads the names of migrations',
  'migrate.ts#migrateDatabase': 'acts before there are tenants',
  'open-postgres.ts#openPostgres': 'opens a pool; what its roles may do is tested here',
  'postgres-options.ts#postgresOptions': 'pure',
  'tasks/load-steps.ts#splitSteps': 'pure: sorts what was loaded',
  'tasks/load-steps.ts#withHeard': 'pure: sorts what was loaded',
  'questions/load.ts#parseQuestion': 'pure: opens what the sealer it is given can open',
  'schedules/next-run.ts#nextRun': 'pure',
  'schedules/run-due.ts#dueSchedules': 'looks across tenants by design and answers ids only',
  'schedules/run-due.ts#runDueSchedules': 'made of the verbs above, each under the tenant of its timer',
  'briefs/said.ts#saidTo': 'pure',
  'tasks/agents.ts#agentCalled': 'pure',
  'tasks/agents.ts#hasEnded': 'pure',
  'tasks/agents.ts#onCard': 'pure',
  'tasks/add-plan.ts#plannedTask': 'pure',
  'tasks/claim.ts#claimTasks': 'looks across tenants by design and answers ids only',
  'tasks/claim.ts#freeLostTasks': 'looks across tenants by design and answers ids only',
  'tasks/claim.ts#releaseTasks': 'by holder and fence, over ready tasks only',
  'tasks/claim.ts#waitingLanes': 'answers the names of lanes',
  'tasks/shares.ts#loadShares': 'looks across tenants by design and answers ids and counts only',
  'tasks/shares.ts#slotsToYield': 'pure',
  'tenants/create.ts#openAccount': 'finds the tenant by the outside id that the platform vouched for',
}
