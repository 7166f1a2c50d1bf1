import type { Category } from './rows.ts'

/** Who publishes the policy. */
export const publisher = {
  name: 'MingLLM, Inc.',
  address: '660 Forest Avenue, Palo Alto, CA 94301',
  privacy: 'privacy@mingllm.com',
  security: 'security@mingllm.com',
} as const

/** What the page calls each kind of data, with what stands in it. */
export const categoryWords: Readonly<Record<Category, { title: string; what: string }>> = {
  account: {
    title: 'Your account',
    what: 'Name, e-mail address, the ids by which Slack, Discord and the sign-in know you, the workspaces you connected. No password ever reaches Loom.',
  },
  brief: {
    title: 'Briefs and transcripts',
    what: 'What was said in threads where Loom was asked for something, what its agents answered, which tools they called and what came back.',
  },
  artifact: {
    title: 'Files',
    what: 'Files that came with a brief and files that agents wrote for you.',
  },
  usage: {
    title: 'Usage',
    what: 'A line for each step of an agent and each sandbox: model, tokens, cost, time. No words of yours.',
  },
  audit: {
    title: 'Audit log',
    what: 'Who changed what and when, with the address and program it came from.',
  },
  operation: {
    title: 'What keeps Loom running',
    what: 'Rings, timers, rate limits, logs and backups. Ids and times; backups hold the rest sealed.',
  },
  receipt: {
    title: 'Receipts of deletion and proofs',
    what: 'That something was deleted or checked, when, and how much. They say nothing of whom it was about.',
  },
}

/** What is kept in a visitor's browser. */
export const cookies = [
  {
    name: 'loom_csrf',
    by: 'Loom',
    what: 'Ties a sign-in or an installation to the browser it began in. Set only when you begin one, gone within minutes.',
  },
  {
    name: '__session',
    by: 'Clerk',
    what: 'Keeps you signed in. Clerk sets it together with helpers of its own (such as __client and __client_uat). This Loom has no sign-in by Clerk yet, so today none of them is set.',
  },
] as const
