import type { Keep } from '../../../core/keep-for.ts'
import type { Desk, Standing } from '../../desk/desk.ts'
import type { TakeDeps } from '../../take/came.ts'
import type { TeamOf } from '../authorize.ts'
import type { SlackClients } from '../clients.ts'
import type { Names } from '../read/names.ts'

/** What the listeners of commands, presses, forms and pages are given. */
export interface HearDeps extends Desk, TakeDeps {
  clients: SlackClients
  names: Names
  /** Told when settings changed, so that they hold from the next event on. */
  forget: (source: TeamOf) => void
  privacyUrl: string
}

/** What all listeners of one app share. */
export interface Hearing extends HearDeps {
  /** Keeps what Slack said of a person for five minutes. */
  keepStanding: Keep<Standing>
  /** Keeps a page from being published for every click. */
  keepHome: Keep<void>
}
