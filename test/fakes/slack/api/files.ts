import { z } from 'zod'
import { checkBlocks } from '../blocks/check.ts'
import { newId, newSecret } from '../ids.ts'
import { putMessage } from '../post.ts'
import { wireFile } from '../wire.ts'
import type { StoredFile } from '../world.ts'
import { type Call, json, method, Refusal, refuseWith, whole, words } from './method.ts'
import { placeToPost, rootFor, teamsOf } from './places.ts'

const types: Record<string, string> = {
  csv: 'text/csv',
  md: 'text/markdown',
  txt: 'text/plain',
  json: 'application/json',
  pdf: 'application/pdf',
  png: 'image/png',
  html: 'text/html',
}
export const mimetypeOf = (name: string) => types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'

const getUploadUrl = method(
  'files.getUploadURLExternal',
  {
    scopes: ['files:write'],
    tier: 4,
    args: z.strictObject({
      filename: words.min(1),
      length: whole,
      alt_text: words.optional(),
      alt_txt: words.optional(),
      snippet_type: words.optional(),
    }),
  },
  (call, args) => {
    if (args.length < 1) refuseWith('invalid_arguments', ['must be greater than 0 [json-pointer:/length]'])
    if (args.length > 1_073_741_824) throw new Refusal('file_upload_size_restricted')
    const file: StoredFile = {
      id: newId('F'),
      name: args.filename,
      title: args.filename,
      mimetype: mimetypeOf(args.filename),
      bytes: Buffer.alloc(0),
      userId: call.install.botUserId,
      createdMs: call.world.clock.now(),
      channels: new Set(),
      deleted: false,
    }
    const ticket = newSecret()
    call.world.uploads.set(ticket, { teamId: call.team.id, file, length: args.length, done: false })
    return { upload_url: `${call.world.origin}/upload/v1/${ticket}`, file_id: file.id }
  },
)

const completeUpload = method(
  'files.completeUploadExternal',
  {
    scopes: ['files:write'],
    tier: 4,
    args: z.strictObject({
      files: json(
        z
          .array(
            z.strictObject({
              id: z.string(),
              title: z.string().optional(),
              highlight_type: z.string().optional(),
            }),
          )
          .min(1),
      ),
      channel_id: words.optional(),
      channels: words.optional(),
      thread_ts: words.optional(),
      initial_comment: words.optional(),
      blocks: json(z.unknown()).optional(),
    }),
  },
  (call, args) => {
    const files = args.files.map(({ id, title }) => uploadedFile(call, id, title))
    const places = placesOf(args.channel_id ?? args.channels)
      .map((id) => placeToPost(call, id))
      .map((place) => ({ place, threadTs: rootFor(place.channel, args.thread_ts) }))
    // Slack answers so to a markdown block here, which it takes in a message (python-slack-sdk issue 1756).
    if (/"type":"markdown"/.test(JSON.stringify(args.blocks ?? []))) throw new Refusal('internal_error')
    const blocks =
      args.blocks === undefined || args.initial_comment ? [] : checkBlocks(args.blocks, 'message')
    for (const [ticket, upload] of call.world.uploads) {
      if (files.includes(upload.file)) call.world.uploads.delete(ticket)
    }
    for (const file of files) call.team.files.set(file.id, file)
    for (const { place, threadTs } of places) {
      putMessage(call.world, place, {
        userId: call.install.botUserId,
        botId: call.install.botId,
        appId: call.install.appId,
        subtype: 'file_share',
        text: args.initial_comment ?? '',
        blocks,
        files,
        ...(threadTs === undefined ? {} : { threadTs }),
      })
    }
    return { files: files.map((file) => wireFile(call.world, call.team, file)) }
  },
)

const placesOf = (ids: string | undefined) => (ids ? ids.split(',') : [])

function uploadedFile(call: Call, id: string, title: string | undefined): StoredFile {
  const upload = [...call.world.uploads.values()].find((each) => each.file.id === id)
  if (!upload || upload.teamId !== call.team.id || !upload.done) throw new Refusal('file_not_found')
  if (title) upload.file.title = title
  return upload.file
}

/** A file that the app may see: its own, or one shared where the app is. */
export function visibleFile(call: Call, id: string): StoredFile | undefined {
  for (const team of teamsOf(call.world, call.install)) {
    const file = team.files.get(id)
    if (!file) continue
    const isShown = [...file.channels].some((channelId) => {
      const channel = team.channels.get(channelId)
      return channel?.kind === 'channel' || channel?.members.has(call.install.botUserId)
    })
    if (isShown || file.userId === call.install.botUserId) return file
  }
  return undefined
}

const info = method(
  'files.info',
  {
    scopes: ['files:read'],
    tier: 4,
    args: z.strictObject({
      file: words,
      cursor: words.optional(),
      limit: whole.optional(),
      count: whole.optional(),
      page: whole.optional(),
    }),
  },
  (call, args) => {
    const file = visibleFile(call, args.file)
    if (!file) throw new Refusal('file_not_found')
    if (file.deleted) throw new Refusal('file_deleted')
    return {
      file: { ...wireFile(call.world, call.team, file), shares: sharesOf(call, file) },
      comments: [],
      response_metadata: { next_cursor: '' },
    }
  },
)

/** The messages that show a file, by channel, where the app may see them. */
function sharesOf(call: Call, file: StoredFile) {
  const shares: Record<'public' | 'private', Record<string, { ts: string }[]>> = { public: {}, private: {} }
  for (const id of file.channels) {
    const channel = call.team.channels.get(id)
    if (!channel || (channel.kind !== 'channel' && !channel.members.has(call.install.botUserId))) continue
    const shown = channel.messages.filter((message) => message.files.includes(file))
    shares[channel.kind === 'channel' ? 'public' : 'private'][id] = shown.map(({ ts }) => ({ ts }))
  }
  return shares
}

/** A file of the app's own; the messages that showed it stay, without it. */
const remove = method(
  'files.delete',
  { scopes: ['files:write'], tier: 3, args: z.strictObject({ file: words }) },
  (call, args) => {
    const file = visibleFile(call, args.file)
    if (!file) throw new Refusal('file_not_found')
    if (file.deleted) throw new Refusal('file_deleted')
    if (file.userId !== call.install.botUserId) throw new Refusal('cant_delete_file')
    file.deleted = true
    file.bytes = Buffer.alloc(0)
    call.world.emit(call.team, { type: 'file_deleted', file_id: file.id, event_ts: call.world.clock.ts() })
    return {}
  },
)

export const files = [getUploadUrl, completeUpload, info, remove]
