import type { ProcessorName } from '../../core/processors.ts'

/** What the page says of somebody outside to whom data can go, and what removes what they keep for us. */
export interface ProcessorRow {
  name: string
  /** What they do for us with what. */
  purpose: string
  /** What they are given. */
  gets: string
  /** Whether data goes there in every hosted Loom, or only where somebody connects it. */
  when: 'hosted' | 'connected'
  /** What becomes of what they keep: how it is taken back, or that there is nothing. `undefined`: not built yet. */
  eraser: string | undefined
}

/** Everybody that the code can reach. One that is not named here does not compile. */
export const processorRows = {
  anthropic: {
    name: 'Anthropic',
    purpose: 'Runs the Claude models that work on briefs.',
    gets: 'What agents read and write, under an opaque id. Not used for training, by their terms for API customers.',
    when: 'hosted',
    eraser: 'Asked to store nothing; there is nothing of ours to take back.',
  },
  openai: {
    name: 'OpenAI',
    purpose: 'Runs the GPT models that work on briefs.',
    gets: 'What agents read and write, under an opaque id. Every request says that nothing is to be stored.',
    when: 'hosted',
    eraser: 'Every request is sent with store: false; there is nothing of ours to take back.',
  },
  compatible: {
    name: 'A model server of the operator’s own',
    purpose: 'Runs the models that whoever runs this Loom chose.',
    gets: 'What agents read and write.',
    when: 'connected',
    eraser: 'It is the operator’s own machine, or one they chose.',
  },
  voyage: {
    name: 'Voyage AI',
    purpose: 'Would turn remembered texts into vectors, to find them by meaning.',
    gets: 'Nothing today: Loom remembers nothing across briefs yet.',
    when: 'hosted',
    eraser: undefined,
  },
  stripe: {
    name: 'Stripe',
    purpose: 'Would take payments and write invoices.',
    gets: 'Nothing today: this Loom bills nobody yet.',
    when: 'hosted',
    eraser: undefined,
  },
  clerk: {
    name: 'Clerk',
    purpose: 'Would sign people in on the web.',
    gets: 'Nothing today: there is no sign-in on the web yet.',
    when: 'hosted',
    eraser: undefined,
  },
  aws: {
    name: 'Amazon Web Services',
    purpose: 'Machines, database, queue, files and the keys that wrap our keys. Region us-east-1.',
    gets: 'Everything that Loom keeps, with people’s words sealed before they reach it.',
    when: 'hosted',
    eraser: 'The purge and the deletion of accounts remove rows, files in all versions, and keys.',
  },
  factory: {
    name: 'Factory (AWS Fargate)',
    purpose: 'Would run code that agents write, in a sandbox for each session.',
    gets: 'Nothing today: agents run no code yet.',
    when: 'hosted',
    eraser: undefined,
  },
  slack: {
    name: 'Slack',
    purpose: 'Where people talk to Loom and where it answers.',
    gets: 'Loom’s answers, cards and files, in the thread that asked.',
    when: 'connected',
    eraser:
      'What Loom posted stays in your workspace, which is yours; tokens are revoked when the app is removed.',
  },
  discord: {
    name: 'Discord',
    purpose: 'Where people talk to Loom and where it answers.',
    gets: 'Loom’s answers, cards and files, in the thread that asked.',
    when: 'connected',
    eraser: 'What Loom posted stays in your server, which is yours; the app is removed there.',
  },
  github: {
    name: 'GitHub',
    purpose: 'Would let agents read repositories and propose changes.',
    gets: 'Nothing today.',
    when: 'connected',
    eraser: undefined,
  },
  mcp: {
    name: 'Tool servers (MCP) that you connect',
    purpose: 'Would give agents tools of others.',
    gets: 'Nothing today.',
    when: 'connected',
    eraser: undefined,
  },
  mail: {
    name: 'The operator’s mail server',
    purpose: 'Brings the notice when this policy changes.',
    gets: 'E-mail address and name of whoever has an account, and the text of the notice.',
    when: 'connected',
    eraser:
      'It hands mail on and is asked to keep none; what stands in a mailbox is of whoever it belongs to.',
  },
  search: {
    name: 'A web search',
    purpose: 'Would let agents look things up.',
    gets: 'Nothing today.',
    when: 'connected',
    eraser: undefined,
  },
  telemetry: {
    name: 'A collector of telemetry that the operator chose',
    purpose: 'Shows the operator how long steps took and what failed.',
    gets: 'Ids, counts and times of steps. No content.',
    when: 'connected',
    eraser: 'It is the operator’s own; it is given nothing that tells of a person.',
  },
} as const satisfies Record<ProcessorName, ProcessorRow>
