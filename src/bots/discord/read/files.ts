import type { FileSource } from '../../../core/brief.ts'
import type { AttachmentShape, DiscordMessage, PlainMessage } from './shape.ts'

/** How files of Discord are named in a brief: `discord:<channel>/<message>/<attachment>`. Their addresses run out. */
const prefix = 'discord:'

/** The files of a message and of what it forwards. */
export function filesOf(message: PlainMessage): FileSource[] {
  const { channel_id: channel, id: messageId } = message
  return attachmentsOf(message).map(({ filename, id }) => ({
    name: filename,
    source: `${prefix}${channel}/${messageId}/${id}`,
  }))
}

export function attachmentsOf({
  attachments,
  message_snapshots: forwarded,
}: Pick<DiscordMessage, 'attachments' | 'message_snapshots'>): AttachmentShape[] {
  return [...attachments, ...forwarded.flatMap(({ message }) => message.attachments)]
}
