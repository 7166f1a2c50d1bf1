/** What the fake Slack knows. Everything is in memory; ids are only unique with their team, as Slack's are. */

export interface Block {
  type: string
  block_id?: string
  [key: string]: unknown
}

export interface Metadata {
  event_type: string
  event_payload: Record<string, unknown>
}

export interface StoredFile {
  id: string
  name: string
  title: string
  mimetype: string
  bytes: Buffer
  userId: string
  createdMs: number
  /** The conversations in which it was shared; an app sees a file through them. */
  channels: Set<string>
  deleted: boolean
}

/** A message that grows. It dies five minutes after it began, whatever is done. */
export interface Stream {
  startedAtMs: number
  state: 'in_progress' | 'completed' | 'errored' | 'stopped'
}

export interface Message {
  ts: string
  threadTs?: string
  channelId: string
  userId: string
  /** Set for messages of apps. */
  botId?: string
  appId?: string
  subtype?: 'file_share' | 'tombstone' | 'bot_message' | 'thread_broadcast' | 'channel_join'
  text: string
  blocks: Block[]
  attachments: Record<string, unknown>[]
  files: StoredFile[]
  edited?: { user: string; ts: string }
  metadata?: Metadata
  reactions: Map<string, string[]>
  stream?: Stream
  /** Only this person sees it. */
  onlyFor?: string
  unfurls: { links: boolean; media: boolean }
}

export interface Member {
  id: string
  name: string
  realName: string
  isAdmin: boolean
  isOwner: boolean
  isBot: boolean
  /** Sees only the channels that they are in. */
  isGuest?: boolean
  botId?: string
  appId?: string
  tz: string
  /** Another team's, for people of other organisations. */
  homeTeamId: string
  deleted: boolean
}

export interface Channel {
  id: string
  name: string
  kind: 'channel' | 'group' | 'im' | 'mpim'
  isArchived: boolean
  /** Shared with another organisation. */
  isShared: boolean
  members: Set<string>
  messages: Message[]
  /** For a direct message: the person on the other side of the app. */
  userId?: string
}

export interface View {
  id: string
  type: 'modal' | 'home'
  userId: string
  botId: string
  blocks: Block[]
  hash: string
  callbackId: string
  externalId: string
  privateMetadata: string
  title?: unknown
  submit?: unknown
  close?: unknown
  clearOnClose: boolean
  notifyOnClose: boolean
  rootId: string
  previousId?: string
}

export interface AgentSession {
  channelId: string
  threadTs: string
  status: 'active' | 'processing' | 'suspended' | 'closed'
  title: string
  /** Every status that it had, oldest first. */
  history: string[]
}

export interface Team {
  id: string
  name: string
  domain: string
  enterprise?: { id: string; name: string }
  users: Map<string, Member>
  channels: Map<string, Channel>
  files: Map<string, StoredFile>
  ephemerals: Message[]
  homes: Map<string, View>
  /** Open modals by person, the newest last. */
  modals: Map<string, View[]>
  sessions: AgentSession[]
}

export interface Install {
  teamId: string
  /** Set for an org-wide install, which works in every team of the organisation. */
  enterpriseId?: string
  botToken: string
  botUserId: string
  botId: string
  appId: string
  scopes: string[]
  installerId: string
  state: 'live' | 'token_revoked' | 'account_inactive'
}

export interface AppSettings {
  id: string
  name: string
  clientId: string
  clientSecret: string
  signingSecret: string
  verificationToken: string
  appToken: string
  /** Bot events as they stand in the app's manifest. */
  subscriptions: string[]
  scopes: string[]
}

/** A place where an app may answer an interaction: five times in half an hour. */
export interface ResponseUrl {
  id: string
  team: Team
  install: Install
  channel: Channel
  userId: string
  messageTs?: string
  threadTs?: string
  uses: number
  untilMs: number
}

export interface SignedIn {
  userId: string
  teamId: string
  nonce: string
}

export interface World {
  origin: string
  clock: Clock
  app: AppSettings
  teams: Map<string, Team>
  installs: Map<string, Install>
  codes: Map<string, { install: () => Install; redirectUri: string }>
  /** Who says who they are: codes that wait to be changed, and the tokens of who did. */
  signIns: { codes: Map<string, SignedIn & { redirectUri: string }>; people: Map<string, SignedIn> }
  triggers: Map<string, { userId: string; teamId: string; untilMs: number; used: boolean }>
  uploads: Map<string, { teamId: string; file: StoredFile; length: number; done: boolean }>
  responseUrls: Map<string, ResponseUrl>
  /** Sends an event to the app, once for each install that may see it. */
  emit: (team: Team, event: SlackEvent, channel?: Channel) => void
}

export interface SlackEvent {
  type: string
  [key: string]: unknown
}

export interface Clock {
  now(): number
  /** A timestamp of a message: later than every one before. */
  ts(): string
  pass(ms: number): void
}

/** The machine's clock, and whatever a test let pass beside it. */
export function startClock(): Clock {
  let offsetMs = 0
  let last = 0
  const now = () => Date.now() + offsetMs
  return {
    now,
    ts: () => {
      last = Math.max(last + 1, now() * 1000)
      return `${Math.floor(last / 1_000_000)}.${String(last % 1_000_000).padStart(6, '0')}`
    },
    pass: (ms) => {
      offsetMs += ms
    },
  }
}
