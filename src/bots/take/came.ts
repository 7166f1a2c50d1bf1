import type { FileSource, ThreadMessage } from '../../core/brief.ts'
import type { InstallationSettings } from '../../core/installation.ts'
import type { Log } from '../../core/ports.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import type { Lane, Platform } from '../../core/words.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import type { LookUp } from './look-up.ts'
import type { Said } from './rule.ts'

/** Where a verified message came from: an installation of ours, found by the platform's word alone. */
export interface TakePlace {
  tenantId: string
  installationId: string
  settings: InstallationSettings
}

interface Somewhere {
  thread: ThreadId
  /** The platform's identity of the message; the same one is taken once. */
  key: string
  /** Said beside every thread of a direct conversation: it may have joined the job before it, in that one's thread. */
  beside: boolean
}

/** A message as its platform tells of it: what is said, or reads differently now. */
export interface CameMessage extends Somewhere {
  kind: 'said' | 'changed'
  /** The key of the thread's first message, for a reply; nothing where a thread would begin with this one. */
  rootKey: string | undefined
  /** When the thread began: the first message of a young one may be on its way in beside its replies. */
  begunAtMs: number
  message: ThreadMessage
  said: Said
  /** Loom itself made the thread, for a brief, whoever's words stand first in it. */
  begunByLoom?: boolean
  /** As it read before, for a changed one, where the platform says so. */
  before?: { text: string; files: readonly FileSource[]; mentionsLoom: boolean }
  /** Which change this is, and of when. */
  edit?: { id: string; atMs: number }
  /** It came before, or comes late: what stands below it may have come by. */
  late: boolean
  /** It points at messages elsewhere, or names people by ids: the gathering task looks at them. */
  pointsElsewhere: boolean
  /** Why Loom may not work where it was said, in a sentence that says what to do. */
  whyNot: string | undefined
}

export interface CameDeletion extends Somewhere {
  kind: 'deleted'
}

export type Came = CameMessage | CameDeletion

/** What taking needs of a process and of its platform. */
export interface TakeDeps {
  store: Store
  ring: (lane: Lane) => void
  log: Log
  platform: Platform
  /** How people call what an installation stands for, and the platform itself. */
  words: TakeWords
  /** What a thread is to Loom (`look-up.ts`). */
  lookUp: LookUp
  /** Tells the first thread of an installation what there is to know, once. Costs nothing from then on. */
  inform(context: TenantContext, input: { place: TakePlace; thread: ThreadId; jobId: string }): Promise<void>
  /** Where a person's clock stands, as far as the platform says so in a second. */
  zoneOf?(input: { tenantId: string; installationId: string; userId: string }): Promise<string | undefined>
}

export interface TakeWords {
  /** `Slack` */
  platform: string
  /** `workspace`, `server` */
  whole: string
}

export function systemOf({ tenantId }: { tenantId: string }): TenantContext {
  return { tenantId, actor: { kind: 'system' } }
}
