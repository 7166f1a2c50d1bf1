import type { AnswerFile, OutMessage } from '../../core/chat.ts'
import type { Links } from '../../core/links.ts'
import { parseThreadId } from '../../core/thread-id.ts'
import type { Store } from '../../storage/database.ts'
import type { LoadedDelivery } from '../../storage/deliveries/claim.ts'
import { loadAnswer, type StoredFile } from '../../storage/jobs/answer.ts'
import { objectKeys } from '../../storage/objects/keys.ts'

export interface MessageDeps {
  store: Store
  links: Links
  /** Puts a file of the answer where the person can open it, on platforms without uploads of their own. */
  placeFile?: (input: { tenantId: string; jobId: string; title: string; file: StoredFile }) => Promise<string>
}

/** The notice or the answer of a delivery; `undefined` while the answer is not there. */
export async function messageFor(
  deps: MessageDeps,
  delivery: LoadedDelivery,
): Promise<OutMessage | undefined> {
  const { jobId, onlyFor, tenantId } = delivery
  if (delivery.kind !== 'answer' || jobId === undefined) {
    const text = delivery.text ?? ''
    return { kind: 'notice', notice: { text, ...(onlyFor === undefined ? {} : { onlyFor }) } }
  }
  const context = { tenantId, actor: { kind: 'system' } } as const
  const answer = await loadAnswer(deps.store, context, { jobId })
  if (!answer) return undefined
  const { title } = answer
  // A link in a chat stays where it was posted; one on this machine is made anew whenever somebody asks.
  const lasting = parseThreadId(delivery.thread).platform === 'local' ? {} : { thread: delivery.thread }
  const files: AnswerFile[] = []
  for (const file of answer.files) {
    files.push({
      ...file,
      url: deps.links.sign({ tenantId, artifactId: file.artifactId, ...lasting }),
      localPath: await deps.placeFile?.({ tenantId, jobId, title, file }),
      read: async () => {
        const { body } = await deps.store.objects.stream(objectKeys.blob({ tenantId, jobId }, file.sha256))
        return body
      },
    })
  }
  return { kind: 'answer', answer: { ...answer, files } }
}
