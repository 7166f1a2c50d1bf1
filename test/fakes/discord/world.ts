import type { KeyObject } from 'node:crypto'
import type {
  APIApplicationCommand,
  APIEmbed,
  ChannelType,
  GatewayDispatchEvents,
  InteractionType,
  MessageType,
} from 'discord.js'
import type { Clock } from './clock.ts'

/** What the fake Discord knows. Everything is in memory. */

export interface User {
  id: string
  username: string
  globalName: string | null
  bot: boolean
  locale: string
  /** Direct messages from the servers' members and apps are off. */
  refusesDms: boolean
  /** Installed the app for themselves. */
  hasApp: boolean
}

export interface Role {
  id: string
  name: string
  permissions: bigint
  position: number
  mentionable: boolean
  managed: boolean
}

export interface Member {
  userId: string
  roles: Set<string>
  nick: string | null
  joinedAtMs: number
}

export interface Overwrite {
  id: string
  type: 'role' | 'member'
  allow: bigint
  deny: bigint
}

export interface Guild {
  id: string
  name: string
  ownerId: string
  locale: string
  roles: Map<string, Role>
  members: Map<string, Member>
  /** The app's commands are there, with its bot or without. */
  hasApp: boolean
  /** An outage: the guild is there and does not answer. */
  unavailable: boolean
  attachmentSizeLimit: number
  maxActiveThreads: number
}

export interface ThreadState {
  archived: boolean
  locked: boolean
  invitable: boolean
  autoArchiveMinutes: number
  archivedAtMs: number
  createdAtMs: number
  ownerId: string
  members: Map<string, number>
  /** A thread that hangs on a message has the message's id. */
  messageCount: number
  appliedTags: string[]
}

export interface Channel {
  id: string
  type: ChannelType
  name: string
  guildId: string | undefined
  parentId: string | undefined
  topic: string | null
  position: number
  overwrites: Overwrite[]
  messages: Message[]
  /** For direct messages: who talks there. */
  recipients: string[]
  thread: ThreadState | undefined
  tags: { id: string; name: string }[]
  requiresTag: boolean
  typing: { userId: string; atMs: number }[]
}

export interface Attachment {
  id: string
  channelId: string
  filename: string
  contentType: string
  bytes: Buffer
  description: string | undefined
  title: string | undefined
  ephemeral: boolean
  deleted: boolean
}

/** A component as it is stored: checked when it came in, with the id that Discord gave it. */
export interface Component {
  type: number
  id?: number
  custom_id?: string
  components?: Component[]
  accessory?: Component
  component?: Component
  [key: string]: unknown
}

export interface Pings {
  everyone: boolean
  users: string[]
  roles: string[]
}

export interface Message {
  id: string
  channelId: string
  authorId: string
  type: MessageType
  content: string
  embeds: APIEmbed[]
  components: Component[]
  attachments: Attachment[]
  flags: number
  nonce: string | number | undefined
  editedAtMs: number | undefined
  /** How often it was changed in place. */
  edits: number
  reference: { channelId: string; messageId: string; guildId: string | undefined } | undefined
  /** Whose names stand out in it. */
  mentions: Pings
  /** Who was really told, when it was posted. */
  pings: Pings
  /** The interaction that it answers. */
  interaction: Interaction | undefined
  /** Only this person sees it. */
  onlyFor: string | undefined
  reactions: Map<string, Set<string>>
  pinned: boolean
}

export interface Interaction {
  id: string
  token: string
  type: InteractionType
  userId: string
  guildId: string | undefined
  channelId: string
  /** The command's id and name, or the custom id. */
  about: string
  commandName: string | undefined
  commandType: number | undefined
  targetId: string | undefined
  createdAtMs: number
  /** The answer's type, once there is one. */
  answered: number | undefined
  answeredAtMs: number | undefined
  failed: string | undefined
  /** What was pressed, or what the form came from. */
  sourceMessageId: string | undefined
  trigger: Interaction | undefined
  originalId: string | undefined
  followUpIds: string[]
  modal: Modal | undefined
  /** Sent or closed: no longer on the screen. */
  modalGone: boolean
  choices: { name: string; value: string | number }[] | undefined
  owners: Record<string, string>
  /** Answers are shown to the person alone, whatever the app says. */
  forcedEphemeral: boolean
  payload: Record<string, unknown>
  /** Those who wait for what comes of it. */
  waiting: Set<() => void>
  changed: () => void
}

export interface Modal {
  customId: string
  title: string
  components: Component[]
}

export interface Application {
  id: string
  name: string
  flags: number
  clientSecret: string
  token: string
  publicKey: string
  privateKey: KeyObject
  redirectUris: string[] | undefined
  interactionsUrl: string | undefined
}

export interface Command extends APIApplicationCommand {
  guild_id?: string
}

export interface Grant {
  userId: string
  scopes: string[]
  guildId: string | undefined
  redirectUri: string
  untilMs: number
}

export interface World {
  origin: string
  clock: Clock
  app: Application
  botId: string
  /** How many shards Discord recommends. */
  shards: number
  users: Map<string, User>
  guilds: Map<string, Guild>
  channels: Map<string, Channel>
  attachments: Map<string, Attachment>
  commands: Map<string, Command>
  interactions: Map<string, Interaction>
  codes: Map<string, Grant>
  bearers: Map<string, Grant>
  refreshes: Map<string, Grant>
  cdnSecret: string
  /** Tells the app's gateway sessions, those that may hear of it. */
  emit: (event: Emitted) => void
  /** Those who wait for a change; each looks again when there was one. */
  watchers: Set<() => void>
  changed: () => void
}

export interface Emitted {
  type: `${GatewayDispatchEvents}`
  data: Record<string, unknown>
  guildId: string | undefined
  /** Only a bot that sees this channel hears of it. */
  channel?: Channel
  /** The member whom it is about: of itself the bot hears without an intent. */
  about?: string
}

export function publicMessages(channel: Channel): Message[] {
  return channel.messages.filter((each) => each.onlyFor === undefined)
}

/** Something that must be there, or the test is wrong. */
export function need<Thing>(thing: Thing | undefined, what: string): Thing {
  if (thing === undefined) throw new Error(`no such ${what}`)
  return thing
}
