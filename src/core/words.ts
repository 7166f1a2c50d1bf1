/** The closed lists of the design's words. The database checks the same lists. */

export const platforms = ['slack', 'discord', 'local'] as const
export type Platform = (typeof platforms)[number]

/** What people call them. */
export const platformNames: Readonly<Record<Platform, string>> = {
  slack: 'Slack',
  discord: 'Discord',
  local: 'the terminal',
}

export const installationKinds = ['team', 'enterprise', 'guild', 'user', 'local'] as const
export type InstallationKind = (typeof installationKinds)[number]

export const roles = ['owner', 'admin', 'member', 'guest'] as const
export type Role = (typeof roles)[number]

export const taskKinds = ['gather', 'plan', 'work', 'synthesize', 'review'] as const
export type TaskKind = (typeof taskKinds)[number]

export const taskStates = ['waiting', 'ready', 'running', 'suspended', 'done', 'failed', 'cancelled'] as const
export type TaskState = (typeof taskStates)[number]

export function taskHasEnded(state: TaskState): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled'
}

/** What the failure of a task means to its job: the end of it, or one result less. */
export const failurePolicies = ['stop', 'go_without'] as const
export type FailurePolicy = (typeof failurePolicies)[number]

export const tiers = ['deep', 'standard', 'quick'] as const
export type Tier = (typeof tiers)[number]

/** The model providers at which an account may have a key of its own. */
export const keyedProviders = ['anthropic', 'openai'] as const
export type KeyedProvider = (typeof keyedProviders)[number]

/** Who claims a task: only the bot role can reach chat files, only workers run agents. */
export const lanes = ['bot', 'worker'] as const
export type Lane = (typeof lanes)[number]

export const keyPurposes = ['content', 'chat', 'integrations'] as const
export type KeyPurpose = (typeof keyPurposes)[number]

export const budgetScopes = ['job', 'channel_day', 'tenant_month'] as const
export type BudgetScope = (typeof budgetScopes)[number]

export const deliveryKinds = ['card', 'answer', 'question', 'approval', 'notice'] as const
export type DeliveryKind = (typeof deliveryKinds)[number]

export const attachmentStates = ['pending', 'stored', 'refused'] as const
export type AttachmentState = (typeof attachmentStates)[number]

export const suspendReasons = ['question', 'approval', 'cap'] as const
export type SuspendReason = (typeof suspendReasons)[number]

/** The end of what a task's row says while the same thing is tried again; nothing else ends so. */
export const tryingAgain = 'Trying again.'
