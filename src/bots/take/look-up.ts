import type { ThreadId } from '../../core/thread-id.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import { type FoundThread, findThreads } from '../../storage/threads/find.ts'
import { together } from '../together.ts'

/** Finds a thread in which Loom was addressed; `undefined` for any other. */
export type LookUp = (context: TenantContext, input: { thread: ThreadId }) => Promise<FoundThread | undefined>

/** Looks threads up together where many are asked for: most of what people say to each other ends at this look. */
export function createLookUp(store: Store): LookUp {
  const find = together<{ context: TenantContext; thread: ThreadId }, FoundThread | undefined>({
    lineOf: ({ context }) => context.tenantId,
    async ask(questions) {
      const [first] = questions
      if (!first) return []
      return findThreads(store, first.context, { threads: questions.map(({ thread }) => thread) })
    },
  })
  return (context, { thread }) => find({ context, thread })
}
