import { Readable } from 'node:stream'
import { z } from 'zod'
import type { AnswerFile } from '../../../core/chat.ts'
import { LoomError, toLoomError } from '../../../core/errors.ts'
import { fitsUpload } from '../render/files.ts'
import { slackLine } from '../render/harmless.ts'
import { type Fault, httpFault } from './fault.ts'
import { fileKey } from './find-posted.ts'
import type { Sending } from './post-parts.ts'
import { sendBytes } from './send-bytes.ts'

/** A file on its way into the thread. */
export interface Upload {
  title: string
  bytes: number
  read: () => Promise<Readable>
}

interface Reserved extends Upload {
  id: string
  url: string
}

/** Which files of an answer can be uploaded. */
export function uploadsOf(files: readonly AnswerFile[]): Upload[] {
  return files.filter(fitsUpload).flatMap(({ bytes, path, read }) => {
    const title = slackLine(path.replace(/^final\//u, '')) || 'file'
    return read ? [{ title, bytes, read }] : []
  })
}

/** The whole answer as a file. */
export function textUpload(title: string, text: string): Upload {
  const bytes = Buffer.from(text)
  return { title, bytes: bytes.length, read: async () => Readable.from([bytes]) }
}

const ticket = z.object({ upload_url: z.url(), file_id: z.string() })

/** Whether this app may upload at all, found out before anything is said of it: a ticket for the first file. */
export async function mayUpload(sending: Sending): Promise<Fault | undefined> {
  const outcome = await sending.calls.attempt('files.getUploadURLExternal', {
    filename: 'answer.md',
    length: 1,
  })
  return outcome.ok ? undefined : outcome.fault
}

/**
 * Puts files into the thread as one message that says `said` of them, for notifications and screen readers; those that are there already are left. Answers what Slack refuses for
 * good; throws what passes. A file whose bytes are gone is left out.
 */
export async function uploadAll(
  sending: Sending,
  input: { uploads: readonly Upload[]; said: string },
): Promise<Fault | undefined> {
  const { calls, place, progress } = sending
  const missing: Upload[] = []
  for (const upload of input.uploads) {
    const id = progress.files.get(fileKey(upload))
    if (id === undefined) missing.push(upload)
    else progress.uploads.add(id)
  }
  const sent: Reserved[] = []
  for (const upload of missing) {
    const reserved = await reserve(sending, upload)
    if ('error' in reserved) return refusal(reserved)
    const body = await opened(upload)
    if (!body) continue
    const status = await sendBytes({ url: reserved.url, body, bytes: upload.bytes })
    if (status !== 200) return refusal(httpFault('upload', status))
    sent.push(reserved)
  }
  if (sent.length === 0) return undefined
  const outcome = await calls.attempt('files.completeUploadExternal', {
    files: sent.map(({ id, title }) => ({ id, title })),
    channel_id: place.channel,
    thread_ts: place.threadTs,
    initial_comment: input.said,
  })
  if (!outcome.ok) {
    progress.doubtful ||= outcome.fault.doubtful
    return refusal(outcome.fault)
  }
  for (const upload of sent) {
    progress.files.set(fileKey(upload), upload.id)
    progress.uploads.add(upload.id)
  }
  return undefined
}

function refusal(fault: Fault): Fault {
  if (fault.error.retryable) throw fault.error
  return fault
}

async function reserve({ calls }: Sending, upload: Upload): Promise<Reserved | Fault> {
  const filename = upload.title.split('/').at(-1) || 'file'
  const outcome = await calls.attempt('files.getUploadURLExternal', { filename, length: upload.bytes })
  if (!outcome.ok) return outcome.fault
  const parsed = ticket.safeParse(outcome.result)
  if (!parsed.success)
    throw new LoomError({
      kind: 'unavailable',
      message: 'Slack gave no place for a file.',
      detail: 'upload ticket',
    })
  return { ...upload, id: parsed.data.file_id, url: parsed.data.upload_url }
}

async function opened(upload: Upload): Promise<Readable | undefined> {
  try {
    return await upload.read()
  } catch (thrown) {
    const error = toLoomError(thrown)
    if (error.kind === 'not_found') return undefined
    throw error
  }
}
