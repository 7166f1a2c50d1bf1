import { randomBytes } from 'node:crypto'
import { type Outbox, startOutbox } from '../../../src/bots/outbox.ts'
import type { ChatPort, ChatPorts } from '../../../src/core/chat.ts'
import { createLinks } from '../../../src/core/links.ts'
import type { Store } from '../../../src/storage/database.ts'

/** An outbox over a bed's store, whose links lead nowhere. */
export function openOutbox(store: Store, port: ChatPort | ChatPorts): Outbox {
  const links = createLinks({
    ...{ key: randomBytes(32), baseUrl: 'http://loom.test', now: Date.now, ttlMs: 900_000 },
  })
  return startOutbox({ store, port, links, log: store.log })
}
