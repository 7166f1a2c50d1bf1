import { keepDays } from '../../core/keep-days.ts'
import type { TableKey } from '../../storage/schema/names.ts'
import { age, goesWith, type PolicyRow } from './rows.ts'

const ofBrief = (purpose: string): PolicyRow => ({
  category: 'brief',
  purpose,
  keeps: goesWith('briefs', keepDays.brief),
  eraser: 'purgeBriefs',
})
const ofJob = (purpose: string): PolicyRow => ({
  category: 'brief',
  purpose,
  keeps: goesWith('jobs', keepDays.brief),
  eraser: 'purgeBriefs',
})
const ofAccount = (purpose: string): PolicyRow => ({
  category: 'account',
  purpose,
  keeps: { rule: 'account' },
  eraser: 'eraseStep',
})
const waiting = (purpose: string): PolicyRow => ({
  category: 'operation',
  purpose,
  keeps: { rule: 'waiting', days: keepDays.brief },
  eraser: 'purgeWaiting',
})

/** Every table of the database. One that is not named here does not compile. */
export const tables = {
  tenants: ofAccount('The account itself: its caps and choices.'),
  members: ofAccount('Who belongs to the account, and as what.'),
  installations: ofAccount(
    'The workspaces and servers that the account is connected to, and the tokens for them.',
  ),
  providerKeys: ofAccount('Keys of the account’s own at a model provider.'),
  schedules: ofAccount('Briefs that recur, until they are deleted.'),
  directory: ofAccount('Which account an outside id belongs to, as a keyed hash.'),
  identities: {
    category: 'account',
    purpose: 'People of the chat platforms who spoke to Loom: their id and name there.',
    keeps: { rule: 'cited', days: keepDays.brief },
    eraser: 'purgeUncited',
  },
  threads: {
    category: 'brief',
    purpose: 'Which threads Loom was addressed in.',
    keeps: { rule: 'cited', days: keepDays.brief },
    eraser: 'purgeUncited',
  },
  messages: {
    category: 'brief',
    purpose: 'What was said in a thread where Loom was addressed, and what Loom answered.',
    keeps: age(keepDays.brief),
    eraser: 'purgeMessages',
  },
  briefs: {
    category: 'brief',
    purpose: 'What was asked for, by whom, under which cap.',
    keeps: age(keepDays.brief),
    eraser: 'purgeBriefs',
  },
  briefMessages: ofBrief('Which messages a brief takes as its context.'),
  attachments: ofBrief('Which files came with a brief.'),
  inbox: {
    category: 'operation',
    purpose: 'Which messages and presses came in already, as keyed hashes: nothing is done twice.',
    keeps: age(keepDays.brief),
    eraser: 'purgeByAge',
  },
  jobs: {
    category: 'brief',
    purpose: 'The run of a brief: its state, its cost.',
    keeps: age(keepDays.brief),
    eraser: 'purgeBriefs',
  },
  jobThreads: ofJob('In which threads a job is seen.'),
  jobPeople: {
    category: 'brief',
    purpose:
      'Whose words a job took, as ids: by it a file that is kept is found when one of them wishes to be forgotten.',
    keeps: { rule: 'cited', days: keepDays.brief },
    eraser: 'purgeUncited',
  },
  tasks: ofJob('The pieces of a job’s plan, each with what came of it.'),
  taskNeeds: ofJob('Which piece of a plan waits for which.'),
  steps: {
    category: 'brief',
    purpose: 'The transcript: what a model replied, which tools it called, what they answered.',
    keeps: age(keepDays.brief),
    eraser: 'purgeByAge',
  },
  stepMessages: {
    category: 'brief',
    purpose: 'Which message was first read in which step.',
    keeps: goesWith('steps', keepDays.brief),
    eraser: 'purgeByAge',
  },
  events: {
    category: 'brief',
    purpose: 'What happened to a job, in order: what the card and the terminal show.',
    keeps: age(keepDays.brief),
    eraser: 'purgeByAge',
  },
  blobs: ofJob('Which objects lie under a job, by hash and size.'),
  workspaceFiles: ofJob('Which task wrote which file.'),
  approvals: ofJob('What a person was asked to allow, and what they said.'),
  questions: ofJob('What an agent asked, and who answered.'),
  feedback: ofJob('What somebody thought of an answer.'),
  taints: ofJob('Where material from outside entered a job.'),
  deliveries: {
    category: 'brief',
    purpose: 'What was to be posted to a thread, and where it stands there.',
    keeps: age(keepDays.brief),
    eraser: 'purgeByAge',
  },
  artifacts: {
    category: 'artifact',
    purpose: 'The files that agents wrote for you: name, hash, size, date, star.',
    keeps: { rule: 'star', days: keepDays.artifact },
    eraser: 'purgeArtifacts',
  },
  usageEvents: {
    category: 'usage',
    purpose: 'What each step and each sandbox cost, for billing. No content.',
    keeps: age(keepDays.usage),
    eraser: 'purgeByAge',
    undumped: true,
  },
  budgets: {
    category: 'usage',
    purpose: 'What was spent and reserved of a cap: of a job, a channel’s day, a month. No content.',
    keeps: age(keepDays.brief),
    eraser: 'purgeByAge',
  },
  auditLog: {
    category: 'audit',
    purpose: 'Who changed what, from which address and program.',
    keeps: age(keepDays.audit),
    eraser: 'purgeByAge',
  },
  exports: {
    category: 'account',
    purpose: 'Who asked for an export, and whether it is made. Nothing of what is in it.',
    keeps: age(keepDays.exportRow),
    eraser: 'purgeByAge',
  },
  requests: {
    category: 'account',
    purpose: 'What you asked for of your rights, where to answer you, and what was answered.',
    keeps: age(keepDays.request),
    eraser: 'purgeByAge',
  },
  notices: {
    category: 'account',
    purpose: 'Whether you were told by mail that this policy changes. Not the address.',
    keeps: age(keepDays.brief),
    eraser: 'purgeByAge',
  },
  tombstones: {
    category: 'receipt',
    purpose: 'That something was deleted, when and how much of it. Nothing personal.',
    keeps: { rule: 'receipt' },
    eraser: 'nothing',
    exception: 'It proves that a request was carried out, and says nothing of whom it was about.',
  },
  readyTasks: waiting('Which tasks can be worked on now. Ids and times.'),
  dueDeliveries: waiting('Which posts are due. Ids, times and a keyed hash.'),
  timers: waiting('When something is to be looked at again. Ids and times.'),
  ledgerPosition: {
    category: 'receipt',
    purpose: 'How far this database has followed the ledger of deletions.',
    keeps: { rule: 'receipt' },
    eraser: 'nothing',
    exception: 'By it an old copy of the database is found out.',
  },
  policyRuns: {
    category: 'receipt',
    purpose: 'What came of each night’s purge and proof: counts and ages by class.',
    keeps: age(keepDays.brief),
    eraser: 'purgeWaiting',
  },
  policyVersions: {
    category: 'receipt',
    purpose: 'Which versions of this policy there were, when each was announced, and since when it holds.',
    keeps: { rule: 'receipt' },
    eraser: 'nothing',
    exception: 'It is the policy’s own history and tells of nobody.',
  },
  providerLimits: {
    category: 'operation',
    purpose: 'How much of a model provider’s rate limit is left. Belongs to no account’s content.',
    keeps: { rule: 'waiting', days: 7 },
    eraser: 'purgeWaiting',
  },
} as const satisfies Record<TableKey, PolicyRow>
