import type { Store } from '../../../storage/database.ts'
import type { SlackClients } from '../clients.ts'
import type { Names } from './names.ts'

/** What reading threads takes first. */
export interface SlackReaderDeps {
  store: Store
  clients: SlackClients
  names: Names
}
