import { LoomError } from '../../core/errors.ts'
import type { Links } from '../../core/links.ts'
import type { Log } from '../../core/ports.ts'
import type { ThreadId } from '../../core/thread-id.ts'
import type { Lane, Role } from '../../core/words.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import type { Account } from '../../storage/tenants/create.ts'
import type { InstallLinks } from '../install/links.ts'

/** What every verb of the desk takes first. */
export interface Desk {
  store: Store
  ring: (lane: Lane) => void
  log: Log
  /** By which further platforms are connected to an account, where there are any. */
  installLinks?: InstallLinks
  /** By which somebody is given the export that they asked for. */
  exportLinks?: Links
}

/** What a platform says of a person now. */
export interface Standing {
  name?: string
  /** Acts for the whole workspace there. */
  admin: boolean
  /** Belongs to another organisation, and reads along in a shared place. */
  stranger: boolean
}

/** Who presses or commands, and from where. */
export interface Acting {
  /** Its identity is the person's. */
  account: Account
  /** As Loom keeps it. */
  role: Role
  /** Where it was pressed; a command of a whole channel, and a page of one's own, have none. */
  thread?: ThreadId
  /** `platform:channel`, of a command or of a press outside of every thread. */
  channel?: string
  /**
   * What the platform says of who this is; `anew` where somebody decides, since an admin may have become none a moment
   * ago. Throws where it does not answer.
   */
  standing?: (how: { anew: boolean }) => Promise<Standing>
}

/** What is said back, to the one person. Plain text: a platform makes it harmless. */
export interface Reply {
  text: string
  /** Whether this very press did something; a second one is told kindly and changes nothing. */
  changed: boolean
  /** An address that stands in the text as well, for platforms that have buttons. */
  link?: { href: string; words: string }
}

export function contextOf({ account }: Acting): TenantContext {
  return { tenantId: account.tenantId, actor: { kind: 'person', identityId: account.identityId } }
}

export function done(text: string): Reply {
  return { text, changed: true }
}

/** True, and nothing was done. */
export function told(text: string): Reply {
  return { text, changed: false }
}

export function noSuchJob(): LoomError {
  return new LoomError({ kind: 'not_found', message: 'There is no such job here.' })
}
