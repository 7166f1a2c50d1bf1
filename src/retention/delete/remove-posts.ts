import type { ChatPorts, Removal } from '../../core/chat.ts'
import { toLoomError } from '../../core/errors.ts'
import type { Store, TenantContext } from '../../storage/database.ts'
import type { Progress } from '../../storage/erasure/forget-step.ts'
import {
  endPosts,
  giveUpPosts,
  isLastPost,
  listPosts,
  type Post,
  type PostsState,
  settlePost,
  withdrawUnsent,
} from '../../storage/erasure/posts.ts'
import type { Tombstone } from '../../storage/erasure/tombstones.ts'

export interface RemovePostsDeps {
  store: Store
  /** The platforms on which this process can remove. */
  ports: readonly ChatPorts[]
  /** Once aborted, the turn ends behind the post at hand. */
  signal?: AbortSignal
}

const atOnce = 20

/** Whether it was wished, and is not done yet, that what Loom posted goes too. */
export function wishesPosts({ counts }: Pick<Tombstone, 'counts'>): boolean {
  return counts.posts === ('asked' satisfies PostsState)
}

/** The same as `removePosts`, of all that an account has. */
export async function removeAllPosts(
  deps: RemovePostsDeps,
  context: TenantContext,
  input: Removing,
): Promise<Progress> {
  const progress = await removePosts(deps, context, input)
  if (progress === 'done') await endPosts(deps.store, context, input)
  return progress
}

interface Removing {
  tombstoneId: string
  /** Then what is left is given up, since keys and rows wait for nobody. */
  untilMs: number
  /** When this turn is over, by `performance.now()`. */
  endsAtMs: number
  /** Only what was posted for these. */
  jobIds?: readonly string[]
}

/**
 * One turn of removing what Loom has posted; nothing more is posted of it. What a platform does not take now waits, and holds up no other installation;
 * what it refuses for good is counted as kept. May break off anywhere and be repeated.
 */
export async function removePosts(
  deps: RemovePostsDeps,
  context: TenantContext,
  input: Removing,
): Promise<Progress> {
  const { store } = deps
  const isAtWork = await withdrawUnsent(store, context, input)
  if (store.now() < input.untilMs) return isAtWork ? 'waits' : removeSome(deps, context, input)
  await giveUpPosts(store, context, input)
  return 'done'
}

async function removeSome(
  deps: RemovePostsDeps,
  context: TenantContext,
  { endsAtMs, jobIds, tombstoneId }: Removing,
): Promise<Progress> {
  const { store } = deps
  const waiting = new Set<string>()
  for (;;) {
    const exceptInstallations = [...waiting]
    const posts = await listPosts(store, context, { limit: atOnce, exceptInstallations, jobIds })
    if (posts.length === 0) return waiting.size > 0 ? 'waits' : 'done'
    for (const post of posts) {
      if (performance.now() >= endsAtMs || deps.signal?.aborted) return 'more'
      if (waiting.has(post.installationId)) continue
      const removal = await remove(deps, context, post)
      if (removal === 'later') waiting.add(post.installationId)
      else await settlePost(store, context, { tombstoneId, deliveryId: post.deliveryId, removal })
    }
  }
}

async function remove(
  { ports, store }: RemovePostsDeps,
  context: TenantContext,
  post: Post,
): Promise<Removal | 'later'> {
  const { tenantId } = context
  const { deliveryId, installationId, platform, thread } = post
  const found = ports.find((each) => each.platform === platform)
  if (!found) return 'kept'
  try {
    const port = await found.portFor({ tenantId, installationId })
    const removal = await port.remove(thread, post.ref)
    const isLast = port.clear !== undefined && (await isLastPost(store, context, { deliveryId }))
    const rest = isLast ? await port.clear?.(thread) : undefined
    return rest === 'kept' ? 'kept' : removal
  } catch (thrown) {
    const { detail, kind, retryable } = toLoomError(thrown)
    const fields = { tenantId, deliveryId, platform, kind, detail }
    if (kind === 'rate_limited') store.log.debug(fields, 'a post waits to be removed')
    else store.log.warn(fields, 'a post was not removed')
    return retryable ? 'later' : 'kept'
  }
}
