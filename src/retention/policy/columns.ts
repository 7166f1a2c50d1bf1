import type { ColumnKey, TableKey } from '../../storage/schema/names.ts'
import type { ColumnClass } from './rows.ts'

/** Ids and times of Loom's own, in whatever table: they tell of nobody. */
export const plainEverywhere = [
  'tenantId',
  'id',
  'createdAt',
  'jobId',
  'taskId',
  'stepId',
  'briefId',
  'threadId',
  'messageId',
] as const

/** What each other column of each table holds. One that stands under no class does not compile. */
export const columns = {
  approvals: {
    content: ['argumentsSealed'],
    person: ['requestedOf', 'pressedBy'],
    plain: ['callId', 'tool', 'argumentsHash', 'state', 'pressedAt', 'expiresAt'],
  },
  artifacts: {
    content: ['pathSealed'],
    person: ['starredBy'],
    plain: [
      'pathHash',
      'sha256',
      'bytes',
      'mediaType',
      'tainted',
      'starredAt',
      'expiresAt',
      'linksRevokedAt',
    ],
  },
  attachments: {
    content: ['sourceSealed', 'nameSealed', 'pathSealed', 'reasonSealed'],
    plain: ['position', 'state', 'sha256', 'bytes', 'mediaType', 'tainted'],
  },
  auditLog: {
    person: ['actorId', 'addressSealed', 'userAgentSealed'],
    plain: ['actorKind', 'action', 'subjectKind', 'subjectId'],
  },
  blobs: {
    plain: ['sha256', 'bytes', 'mediaType'],
  },
  briefMessages: {
    plain: ['position', 'toTaskId'],
  },
  briefs: {
    person: ['askedBy'],
    plain: ['promptMessageId', 'scheduleId', 'capMicroUsd', 'digest'],
  },
  budgets: {
    plain: ['scope', 'key', 'capMicroUsd', 'reservedMicroUsd', 'settledMicroUsd'],
  },
  deliveries: {
    content: ['bodySealed', 'refSealed'],
    plain: ['kind', 'subject', 'state', 'shownSeq', 'attempts', 'errorKind', 'sentAt'],
  },
  directory: {
    person: ['hash'],
    plain: ['kind'],
  },
  dueDeliveries: {
    person: ['threadHash'],
    plain: ['deliveryId', 'platform', 'dueAt', 'holder', 'leaseUntil'],
  },
  events: {
    content: ['bodySealed'],
    plain: ['seq', 'kind'],
  },
  exports: {
    person: ['identityId'],
    plain: ['form', 'state', 'tries', 'bytes', 'madeAt'],
  },
  feedback: {
    content: ['commentSealed'],
    person: ['identityId'],
    plain: ['value'],
  },
  identities: {
    person: ['externalHash', 'externalSealed', 'nameSealed', 'memberId'],
    plain: ['platform', 'role', 'ignoredAt', 'feedbackOffAt', 'memoryOffAt'],
  },
  inbox: {
    person: ['keyHash'],
    plain: ['kind'],
  },
  installations: {
    secret: ['tokensSealed'],
    person: ['externalHash', 'externalSealed', 'installedBy'],
    plain: ['platform', 'kind', 'scopes', 'settings', 'keyVersion', 'revokedAt'],
  },
  jobPeople: {
    person: ['identityId'],
  },
  jobThreads: {
    plain: ['part', 'live'],
  },
  jobs: {
    content: ['titleSealed'],
    plain: [
      'state',
      'reason',
      'followsJobId',
      'answerMessageId',
      'errorKind',
      'capMicroUsd',
      'estimateLeastMicroUsd',
      'estimateMostMicroUsd',
      'replans',
      'eventSeq',
      'tainted',
      'startedAt',
      'endedAt',
    ],
  },
  ledgerPosition: {
    plain: ['name', 'seq', 'hash'],
  },
  members: {
    person: ['subjectHash', 'emailSealed', 'nameSealed'],
    plain: ['role', 'removedAt'],
  },
  messages: {
    content: ['bodySealed', 'filesSealed'],
    person: ['identityId', 'externalHash'],
    plain: ['author', 'saidAt', 'removedAt'],
  },
  notices: {
    person: ['memberId'],
    plain: ['version', 'state', 'attempts', 'sentAt'],
  },
  policyRuns: {
    plain: ['kind', 'night', 'endedAt', 'ok', 'result'],
  },
  policyVersions: {
    plain: [
      'number',
      'effective',
      'fingerprint',
      'changes',
      'announcedAt',
      'listedAt',
      'toldAt',
      'counts',
      'inForceAt',
    ],
  },
  providerKeys: {
    secret: ['keySealed'],
    plain: ['provider', 'keyId'],
  },
  providerLimits: {
    plain: ['bucket', 'kind', 'capacity', 'perSecond', 'level', 'asOf'],
  },
  questions: {
    content: ['bodySealed'],
    person: ['answeredBy'],
    plain: ['callId', 'state', 'answerMessageId', 'expiresAt'],
  },
  readyTasks: {
    plain: ['lane', 'readyAt', 'holder', 'leaseUntil', 'fence', 'lost'],
  },
  requests: {
    content: ['answerSealed'],
    person: ['contactSealed', 'identityId'],
    plain: ['kind', 'state', 'receivedAt', 'dueAt', 'answeredAt'],
  },
  schedules: {
    content: ['promptSealed'],
    person: ['createdBy'],
    plain: ['rule', 'timeZone', 'capMicroUsd', 'paused', 'nextAt', 'lastRunAt'],
  },
  stepMessages: {},
  steps: {
    content: ['replySealed', 'resultsSealed', 'summarySealed'],
    plain: ['ordinal', 'state', 'standsForBefore'],
  },
  taints: {
    plain: ['source', 'subjectId'],
  },
  taskNeeds: {
    plain: ['needsId'],
  },
  tasks: {
    content: ['titleSealed', 'specSealed', 'activitySealed', 'resultSealed'],
    plain: [
      'kind',
      'lane',
      'position',
      'state',
      'tier',
      'answers',
      'waitingOn',
      'ifFails',
      'enough',
      'maxSteps',
      'steps',
      'firstStep',
      'costMicroUsd',
      'reservedMicroUsd',
      'errorKind',
      'startedAt',
      'endedAt',
    ],
  },
  tenants: {
    person: ['nameSealed'],
    plain: ['state', 'jobCapMicroUsd', 'monthCapMicroUsd', 'settings'],
  },
  threads: {
    person: ['address'],
    plain: ['installationId', 'platform', 'historyAt'],
  },
  timers: {
    plain: ['kind', 'subjectId', 'dueAt'],
  },
  tombstones: {
    plain: [
      'subjectKind',
      'subjectId',
      'reason',
      'requestedAt',
      'dueAt',
      'undoneAt',
      'tombstonedAt',
      'purgedAt',
      'ledgerSeq',
      'counts',
    ],
  },
  usageEvents: {
    plain: [
      'kind',
      'subjectId',
      'provider',
      'model',
      'tier',
      'handedFrom',
      'handedReason',
      'inputTokens',
      'cacheReadTokens',
      'cacheWriteTokens',
      'outputTokens',
      'costMicroUsd',
      'durationMs',
    ],
  },
  workspaceFiles: {
    content: ['pathSealed'],
    plain: ['ordinal', 'pathHash', 'sha256', 'tainted'],
  },
} as const satisfies {
  [Table in TableKey]: Partial<Record<ColumnClass, readonly ColumnKey<Table>[]>>
}

type Named<Row> = {
  [Class in keyof Row]: Row[Class] extends readonly (infer Column)[] ? Column : never
}[keyof Row]
type Unnamed = {
  [Table in TableKey]: `${Table}.${Exclude<
    ColumnKey<Table>,
    Named<(typeof columns)[Table]> | (typeof plainEverywhere)[number]
  >}`
}[TableKey]

/** Does not compile while a column stands under no class: the error tells which. */
export const everyColumnIsNamed: [Unnamed] extends [never] ? true : Unnamed = true
